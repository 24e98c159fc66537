#include "person.hpp"

#include "identity.hpp"

#include <algorithm>
#include <vector>

namespace customer {
namespace {

using std::string;

string trimmed(const std::optional<string>& text) {
  if (!text) return {};
  const auto first = text->find_first_not_of(" \t");
  return first == string::npos ? string() : text->substr(first, text->find_last_not_of(" \t") - first + 1);
}

// A text of at least so many characters.
bool worded(const string& text, std::size_t least) {
  const auto count = characters(text);
  return count && *count >= least;
}

bool name_makes_sense(const string& name) {
  return worded(name, 1) && name.find_first_not_of("0123456789 .-_") != string::npos;
}

// 7 to 20 digits, with whatever people put around them: "+86 10-12345678", "(010)12345678", "010/1234.5678#9".
bool phone_makes_sense(const string& phone) {
  const auto count = std::count_if(phone.begin(), phone.end(), [](char c) { return c >= '0' && c <= '9'; });
  return count >= 7 && count <= 20 && phone.find_first_not_of("0123456789+-() ./#*") == string::npos;
}

bool given(const std::optional<jackfield::Sensitive>& text) { return text && !text->empty(); }

void add_missing(const Agent& agent, std::vector<string>& missing) {
  if (!name_makes_sense(trimmed(agent.name))) missing.emplace_back("经办人姓名");
  if (trimmed(agent.id_type).empty()) missing.emplace_back("经办人证件类型");
  if (!given(agent.id_number)) missing.emplace_back("经办人证件号码");
  if (!worded(trimmed(agent.authorisation), 1)) missing.emplace_back("经办人授权书");
}

}  // namespace

string judge_identity(const Person& person, const jackfield::LocalTime& today) {
  const auto type = customer_type(person.id_type);
  if (!type || !valid_id(person.id_type, plain_id(person.id_type, person.id_number.reveal()), today))
    throw jackfield::Reject{"IDENTITY_INVALID", "客户证件号码不正确,请核对证件"};
  if (person.agent && person.agent->id_type && given(person.agent->id_number)) {
    const auto& agent = *person.agent;
    if (!valid_id(*agent.id_type, plain_id(*agent.id_type, agent.id_number->reveal()), today))
      throw jackfield::Reject{"IDENTITY_INVALID", "经办人证件号码不正确,请核对证件"};
  }
  return *type;
}

void judge_completeness(const Person& person) {
  std::vector<string> missing;
  if (!name_makes_sense(trimmed(person.name))) missing.emplace_back("姓名");
  if (!worded(trimmed(person.address), 2)) missing.emplace_back("联系地址");
  if (!phone_makes_sense(trimmed(person.phone))) missing.emplace_back("联系电话");
  if (person.agent) {
    add_missing(*person.agent, missing);
  } else if (person.id_type == "business-licence") {
    missing.emplace_back("经办人");
  }
  if (missing.empty()) return;
  string text = "客户资料不完整,请补充或更正:";
  for (const auto& what : missing) text += (&what == &missing.front() ? "" : "、") + what;
  throw jackfield::Reject{"CUSTOMER_INCOMPLETE", text};
}

}  // namespace customer
