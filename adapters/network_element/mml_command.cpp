#include "mml_command.hpp"

#include <jackfield/error.hpp>

#include <algorithm>

namespace network_element {

MmlCommand& MmlCommand::text(std::string_view parameter, std::string_view value) {
  add(parameter, value, "\"");
  return *this;
}

MmlCommand& MmlCommand::word(std::string_view parameter, std::string_view value) {
  add(parameter, value, "");
  return *this;
}

void MmlCommand::add(std::string_view parameter, std::string_view value, std::string_view quote) {
  const auto breaks = [](char c) { return c == '"' || c == ';' || c == '%' || static_cast<unsigned char>(c) < 0x20; };
  if (value.empty() || std::any_of(value.begin(), value.end(), breaks)) {
    throw jackfield::Fail{"INPUT_INVALID", name_ + ": found no value or a character that ends one in " +
                                               std::string(parameter) + ", expected plain text"};
  }
  if (!parameters_.empty()) parameters_ += ',';
  parameters_.append(parameter).append("=").append(quote).append(value).append(quote);
}

}  // namespace network_element
