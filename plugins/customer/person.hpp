// A customer as an order brings him: identity, name, where to find him, and who acts for him.
//
// Why: what is asked of a customer (C1-F3) is judged in one place. The rules of completeness: name, address and phone
// are there and make sense; an enterprise has an agent; an agent has a name, an identity and an authorisation.
// Plain values. Errors: jackfield::Reject IDENTITY_INVALID or CUSTOMER_INCOMPLETE, which names what is missing and
// never tells a number.
#pragma once

#include <jackfield/plugin.hpp>
#include <jackfield/time_zone.hpp>

#include <optional>
#include <string>

namespace customer {

struct Agent {
  std::optional<std::string> name;
  std::optional<std::string> id_type;
  std::optional<jackfield::Sensitive> id_number;
  std::optional<std::string> authorisation;
  JF_FIELDS((name, "who acts"), (id_type, "the agent's identity"), (id_number, "its number"),
            (authorisation, "what allows it"))
};

struct Person {
  std::optional<std::string> name;
  std::string id_type;
  jackfield::Sensitive id_number;
  std::optional<std::string> address;
  std::optional<std::string> phone;
  std::optional<Agent> agent;
  JF_FIELDS((name, "name"), (id_type, "kind of identity", jackfield::required),
            (id_number, "number of the identity", jackfield::required), (address, "address"), (phone, "phone"),
            (agent, "who acts for the customer"))
};

/// The type of customer; both identities, the customer's and an agent's, are valid.
[[nodiscard]] std::string judge_identity(const Person& person, const jackfield::LocalTime& today);

/// Returns where nothing is missing.
void judge_completeness(const Person& person);

}  // namespace customer
