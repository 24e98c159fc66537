// The lists of the API, read from the store: instances and dead letters, newest first, a page at a time.
//
// Every list is {"items":[…],"next":"…"|null}; `next` is given back as ?after=. `limit` is 1 or more; above 200 it is 200.
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
/// Only `after` and `limit` of it are used; `after` is an id, or a name where the list is one of names.
enum class After { id, name };
[[nodiscard]] std::variant<store::InstanceQuery, engine::Reply> page_query(
    const std::map<std::string, std::string>& query, After after);

[[nodiscard]] Answer list_instances(store::Reader& reader, engine::Viewer& viewer, store::InstanceQuery query);
[[nodiscard]] Answer list_dead_letters(store::Reader& reader, const store::InstanceQuery& page);
/// Of a list that is short, and comes whole and by its names: the page that was asked for. `name` is the member.
[[nodiscard]] engine::Reply cut_page(engine::Reply whole, const char* name, const store::InstanceQuery& page);
/// With the message it could not deliver, personal data masked.
[[nodiscard]] Answer show_dead_letter(store::Reader& reader, const std::string& id);

}  // namespace jackfield::http
