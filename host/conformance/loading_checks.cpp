// What a library does and says when it is loaded, before anything is asked of it.
#include "conformance/checks.hpp"
#include "conformance/footprint.hpp"
#include "conformance/schema_fit.hpp"
#include "plugin/inspection.hpp"
#include "plugin/linkage.hpp"
#include "plugin/mapping.hpp"
#include "plugin/probe.hpp"

#include <algorithm>

namespace jackfield::conformance {
namespace {

const char* const by_macro = "define the plugin with JACKFIELD_PLUGIN(…), or correct the descriptor";

std::string descriptor_of(const plugin::Mapping& library) {
  const auto bytes = library.table()->descriptor;
  return {reinterpret_cast<const char*>(bytes.data), std::size_t(bytes.len)};
}

bool exports_entry(const std::string& file) {
  const auto read = plugin::read_library(file);
  const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&read);
  if (bytes == nullptr) return false;
  const auto exports = plugin::read_linkage(*bytes).exports;
  return std::any_of(exports.begin(), exports.end(), [](const auto& one) { return one.function && one.name == JF_ENTRY; });
}

/// Empty where all schemas can be used and every default fits its own.
std::string schema_fault(const plugin::Descriptor& descriptor) {
  if (const auto fault = schema_error(descriptor.settings); !fault.empty()) return "settings: " + fault;
  for (const auto& step : descriptor.steps) {
    if (const auto fault = schema_error(step.input); !fault.empty()) return step.id + ", input: " + fault;
    if (const auto fault = schema_error(step.output); !fault.empty()) return step.id + ", output: " + fault;
  }
  const auto properties = descriptor.settings.value("properties", nlohmann::json::object());
  for (const auto& [name, schema] : properties.items()) {
    if (!schema.is_object() || !schema.contains("default")) continue;
    if (const auto misfit = misfit_of(schema["default"], schema); !misfit.empty())
      return "settings: the default of " + name + " does not fit its own schema: " + misfit;
  }
  return {};
}

}  // namespace

Verdict check_load(const Subject& subject, Trial& trial) {
  if (!exports_entry(subject.file)) return Verdict::skip("there is no entry to call: see exports");
  if (const auto missing = plugin::missing(subject.file); missing && !missing->empty())
    return Verdict::skip("it cannot be loaded: see symbols");
  const auto probed = plugin::probe(subject.file, subject.file, subject.limit);
  if (const auto* refusal = std::get_if<plugin::Refusal>(&probed))
    return Verdict::fail(refusal->found, refusal->expected, refusal->mend);
  trial.doing("loaded");
  const auto before = count_threads_before();
  const plugin::Mapping library(subject.file);
  const jf_plugin* const table = library.table();
  if (library.table() != table)
    return Verdict::fail("another table from " JF_ENTRY " at the second call", "the same table on every call",
                         "return the address of one constant");
  if (const auto now = count_threads(); now > before)
    return Verdict::fail(std::to_string(now - before) + " threads it started while it was loaded",
                         "a library that does nothing while it is loaded", "start them in create()");
  return Verdict::pass("loading it does nothing; a table of " + std::to_string(table->size) + " bytes, ABI " +
                       std::to_string(JF_ABI_MAJOR) + "." + std::to_string(table->abi_minor));
}

Verdict check_descriptor(const Subject& subject, Trial& trial) {
  trial.doing("asked for its descriptor");
  const plugin::Mapping library(subject.file);
  const std::string json = descriptor_of(library);
  plugin::Descriptor descriptor;
  try {
    descriptor = plugin::Descriptor::parse(json);
  } catch (const std::exception& error) {
    return Verdict::fail(std::string("a wrong descriptor: ") + error.what(),
                         "the JSON that abi.h describes at jf_plugin::descriptor", by_macro);
  }
  if (descriptor_of(library) != json)
    return Verdict::fail("another descriptor at the second look", "a constant", by_macro);
  if (const auto fault = schema_fault(descriptor); !fault.empty())
    return Verdict::fail(fault, "JSON Schemas that can be used, with defaults that fit them", by_macro);
  return Verdict::pass(descriptor.kind + " " + descriptor.id + " " + descriptor.version + ", " +
                       std::to_string(descriptor.steps.size()) + " steps");
}

Verdict check_identity(const Subject& subject, Trial&) {
  const auto read = plugin::read_library(subject.file);
  if (const auto* refusal = std::get_if<plugin::Refusal>(&read))
    return Verdict::fail(refusal->found, refusal->expected, refusal->mend);
  const auto identified = plugin::identify(subject.file, std::get<std::vector<std::uint8_t>>(read));
  if (const auto* refusal = std::get_if<plugin::Refusal>(&identified))
    return Verdict::fail(refusal->found, refusal->expected, refusal->mend);
  const auto& identity = std::get<plugin::Inspection>(identified);
  const std::string said = identity.id + " " + identity.version;
  const auto& descriptor = subject.descriptor;
  if (descriptor.id.empty()) return Verdict::pass("section " JF_SECTION " says " + said + "; its descriptor could not be read");
  if (descriptor.id != identity.id || descriptor.version != identity.version)
    return Verdict::fail("a descriptor of " + descriptor.id + " " + descriptor.version + " in a library whose section " +
                             JF_SECTION + " says " + said,
                         "the same id and version in both", "define the plugin with JACKFIELD_PLUGIN(…), which writes both");
  return Verdict::pass(said + ", ABI " + std::to_string(identity.abi_major) + "." + std::to_string(identity.abi_minor) +
                       ", in section " JF_SECTION " and descriptor alike");
}

}  // namespace jackfield::conformance
