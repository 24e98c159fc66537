#include "flow/compiler.hpp"

#include "flow/compiler_graph.hpp"
#include "flow/order_schema.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

constexpr int extends_depth = 8;

/// "flows/../schema/order.yaml" → "schema/order.yaml", without asking the file system.
std::string beside(const std::string& file, const std::string& other) {
  std::vector<std::string> parts;
  const auto folder = file.rfind('/');
  std::string path = other.starts_with('/') || folder == std::string::npos ? other : file.substr(0, folder + 1) + other;
  const bool absolute = path.starts_with('/');
  for (std::size_t at = 0; at <= path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, slash - at);
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = slash + 1;
  }
  std::string joined;
  for (const auto& part : parts) joined += (joined.empty() && !absolute ? "" : "/") + part;
  return joined;
}

/// Maps are merged, `required` is joined, anything else is replaced.
void merge(Value& base, const Value& more) {
  for (const auto& [key, value] : more.items()) {
    if (key == "required" && base.contains(key) && base[key].is_array() && value.is_array()) {
      for (const auto& name : value) {
        if (std::find(base[key].begin(), base[key].end(), name) == base[key].end()) base[key].push_back(name);
      }
    } else if (base.contains(key) && base[key].is_object() && value.is_object()) {
      merge(base[key], value);
    } else {
      base[key] = value;
    }
  }
}

Value read_schema(const Document& document, const YAML::Node& node, const Sources& sources, Report& report, int depth) {
  YamlReader reader(document, report);
  if (!reader.is_map(node, "order")) return nullptr;
  Value own = reader.value(node);
  const auto extends = member(node, "extends");
  if (!extends.IsDefined()) return own;
  own.erase("extends");
  const auto name = reader.text(extends, "extends");
  if (!name) return own;
  const std::string file = beside(document.file, *name);
  const auto text = sources.read && depth < extends_depth ? sources.read(file) : std::nullopt;
  if (!text) {
    reader.add(code::missing_file, extends, "cannot read '" + file + "'" +
                                                (depth < extends_depth ? "" : ": too many files extend each other"));
    return nullptr;
  }
  const auto other = parse_document(file, *text, report);
  if (!other) return nullptr;  // what an order has is not known
  Value base = read_schema(*other, other->root, sources, report, depth + 1);
  if (!base.is_object()) return nullptr;
  merge(base, own);
  return base;
}

bool is_flow_id(const std::string& id) {
  return !id.empty() && id[0] >= 'a' && id[0] <= 'z' &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

std::string stem(const std::string& file) {
  const auto slash = file.rfind('/');
  const std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  return name.substr(0, name.find('.'));
}

/// Finds the document's id and puts it into the library.
void admit(Document document, Library& library, Report& report) {
  YamlReader reader(document, report);
  const std::string file = document.file;
  library.broken.insert(stem(file));
  if (!reader.is_map(document.root, "a flow")) return;
  const auto id = member(document.root, "flow");
  if (!id.IsDefined()) return reader.add(code::missing_key, document.root, "key 'flow' is missing: the id of the flow");
  const auto text = reader.text(id, "flow");
  if (!text) return;
  if (!is_flow_id(*text)) {
    return reader.add(code::bad_id, id, "'" + *text + "' is no flow id; expected a-z, 0-9 and -, like 'open-account'");
  }
  library.broken.erase(stem(file));
  document.flow = *text;
  const auto [there, added] = library.flows.try_emplace(*text, document);
  if (!added) reader.add(code::duplicate_id, id, "flow '" + *text + "' is in " + there->second.file + " already");
}

}  // namespace

Value order_schema(const Document& document, const Sources& sources, Report& report) {
  const auto node = member(document.root, "order");
  if (!node.IsDefined()) return nullptr;
  Value schema = read_schema(document, node, sources, report, 0);
  if (!schema.is_object()) return nullptr;
  check_schema(schema, "order", Place{&document, node.Mark()}, report);
  return schema;
}

void check_schema(const Value& schema, const std::string& what, const Place& place, Report& report) {
  try {
    static_cast<void>(OrderSchema(schema));
  } catch (const std::exception& error) {
    report.add(code::bad_schema, place, what + ": not a JSON Schema: " + error.what());
  }
}

bool Compiled::refused() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::error; });
}

Compiled compile_all(const Sources& sources, const StepCatalog& catalog, const SettingLookup& settings) {
  Report report;
  Library library;
  for (const auto& [file, text] : sources.flows) {
    if (auto document = parse_document(file, text, report)) {
      admit(std::move(*document), library, report);
    } else {
      library.broken.insert(stem(file));
    }
  }
  Compiled compiled;
  std::set<std::string> parts;
  for (const auto& [id, document] : library.flows) {
    const auto errors = report.errors();
    Value schema = order_schema(document, sources, report);
    GraphCompiler compiler(library, catalog, settings, report);
    Graph graph = compiler.compile(document, std::move(schema));
    parts.insert(compiler.expanded().begin(), compiler.expanded().end());
    if (report.errors() == errors && compiler.whole()) compiled.graphs.emplace(id, std::move(graph));
  }
  for (auto& [id, graph] : compiled.graphs) {
    if (!parts.contains(id) || member(library.flows.at(id).root, "startable").IsDefined()) continue;
    graph.startable = false;
    graph.seal();
  }
  compiled.findings = report.take();
  return compiled;
}

}  // namespace jackfield::flow
