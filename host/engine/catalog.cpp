#include "engine/catalog.hpp"

namespace jackfield::engine {

Definition::Definition(flow::Graph graph_, std::int64_t version_) : graph(std::move(graph_)), version(version_) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!graph.nodes[i].body.is_null()) bodies.emplace(static_cast<int>(i), flow::OrderSchema(graph.nodes[i].body));
  }
}

Catalog::Catalog(std::map<std::string, flow::Graph> graphs) {
  for (auto& [name, graph] : graphs) {
    if (!graph.order_schema.is_null()) schemas_[name] = std::make_shared<flow::OrderSchema>(graph.order_schema);
    flows_[name] = std::make_shared<Definition>(std::move(graph));
  }
}

std::vector<store::DefinitionRow> Catalog::rows(std::int64_t now_ms) const {
  std::vector<store::DefinitionRow> rows;
  for (const auto& [name, definition] : flows_) {
    rows.push_back({definition->graph.hash, name, 0, flow::Value::to_msgpack(definition->graph.serialise()), now_ms});
  }
  return rows;
}

void Catalog::learn_versions(store::Reader& reader) {
  for (auto& [name, definition] : flows_) {
    const auto row = reader.definition(definition->graph.hash);
    if (row) definition = std::make_shared<Definition>(definition->graph, row->version);
  }
}

std::shared_ptr<const Definition> Catalog::flow(const std::string& name) const {
  const auto at = flows_.find(name);
  return at == flows_.end() ? nullptr : at->second;
}

std::shared_ptr<const flow::OrderSchema> Catalog::schema(const std::string& flow) const {
  const auto at = schemas_.find(flow);
  return at == schemas_.end() ? nullptr : at->second;
}

std::shared_ptr<const Definition> Catalog::by_hash(const std::string& hash, store::Reader& reader) {
  for (const auto& [name, definition] : flows_) {
    if (definition->graph.hash == hash) return definition;
  }
  const std::lock_guard lock(mutex_);
  if (const auto at = old_.find(hash); at != old_.end()) return at->second;
  const auto row = reader.definition(hash);
  if (!row) return nullptr;
  flow::Graph graph = flow::Graph::deserialise(flow::Value::from_msgpack(row->graph));
  graph.hash = hash;
  return old_[hash] = std::make_shared<Definition>(std::move(graph), row->version);
}

}  // namespace jackfield::engine
