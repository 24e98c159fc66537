// The flows this host runs, and every older definition that an instance still lives by.
//
// Thread rule: any thread. The flows are fixed at construction; old definitions are read from the store when first
// asked for and kept (a mutex guards that map only: two readers may want the same one, and neither owns the other).
#pragma once

#include "flow/graph.hpp"
#include "flow/order_schema.hpp"
#include "store/store.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace jackfield::engine {

struct Definition {
  explicit Definition(flow::Graph graph, std::int64_t version = 0);

  flow::Graph graph;
  std::int64_t version = 0;
  std::map<int, flow::OrderSchema> bodies;  // of the events its awaits take, where they say
};

class Catalog {
 public:
  /// `graphs` by flow. Versions are those of the store.
  explicit Catalog(std::map<std::string, flow::Graph> graphs);

  /// Rows for the definitions the store does not have yet.
  [[nodiscard]] std::vector<store::DefinitionRow> rows(std::int64_t now_ms) const;
  /// Reads the versions the store gave; call once after the rows were committed, before any other thread is there.
  void learn_versions(store::Reader& reader);

  [[nodiscard]] std::shared_ptr<const Definition> flow(const std::string& name) const;
  /// By hash: a flow of today, or one read from the store; null where the store does not know it.
  [[nodiscard]] std::shared_ptr<const Definition> by_hash(const std::string& hash, store::Reader& reader);
  [[nodiscard]] std::shared_ptr<const flow::OrderSchema> schema(const std::string& flow) const;
  [[nodiscard]] const std::map<std::string, std::shared_ptr<const Definition>>& flows() const { return flows_; }

 private:
  std::map<std::string, std::shared_ptr<const Definition>> flows_;
  std::map<std::string, std::shared_ptr<const flow::OrderSchema>> schemas_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Definition>> old_;
};

}  // namespace jackfield::engine
