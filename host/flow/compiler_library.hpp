// The files of a configuration as the compiler finds them: flows, and the schemas that orders and events are judged by.
//
// Lives for one compile_all(); one thread.
#pragma once

#include "flow/compiler.hpp"
#include "flow/compiler_document.hpp"

#include <map>
#include <set>
#include <string>

namespace jackfield::flow {

/// The flows of a configuration, by id, and those whose file could not be read.
struct Library {
  std::map<std::string, Document> flows;
  std::set<std::string> broken;
};

/// Reads `order:` with what it extends. Null where there is none.
[[nodiscard]] Value order_schema(const Document& document, const Sources& sources, Report& report);

/// A finding where it is no JSON Schema. `what` is the key it stands under.
void check_schema(const Value& schema, const std::string& what, const Place& place, Report& report);

}  // namespace jackfield::flow
