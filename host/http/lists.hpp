// The lists of the API, read from the store: instances and dead letters, newest first, a page at a time.
//
// Every list is {"items":[…],"next":"…"|null}; `next` is given back as ?after=.
//
// Thread rule: free functions; the Reader belongs to the caller's thread. They throw store::StoreError.
#pragma once

#include "engine/view.hpp"
#include "http/exchange.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <variant>

namespace jackfield::http {

/// The query of a list, or a problem 400 that names the parameter which is not as expected.
[[nodiscard]] std::variant<store::InstanceQuery, engine::Reply> instance_query(
    const std::map<std::string, std::string>& query);
/// Only `after` and `limit` of it are used.
[[nodiscard]] std::variant<store::InstanceQuery, engine::Reply> page_query(
    const std::map<std::string, std::string>& query);

[[nodiscard]] Answer list_instances(store::Reader& reader, engine::Viewer& viewer, store::InstanceQuery query);
[[nodiscard]] Answer list_dead_letters(store::Reader& reader, const store::InstanceQuery& page);
/// With the message it could not deliver, personal data masked.
[[nodiscard]] Answer show_dead_letter(store::Reader& reader, const std::string& id);

}  // namespace jackfield::http
