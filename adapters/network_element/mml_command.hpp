// One MML command: its name and its parameters, in order.
//
// On the wire `NAME:PAR="text",PAR=WORD;` and a line feed. Two writings: wire() for the network, and name() for
// everybody else; a command's text is never logged, for it may hold a Ki.
// Thread rule: a value. Errors: Fail INPUT_INVALID for a value that would end its quotes or its line.
#pragma once

#include <string>
#include <string_view>

namespace network_element {

class MmlCommand {
 public:
  explicit MmlCommand(std::string_view name) : name_(name) {}

  MmlCommand& text(std::string_view parameter, std::string_view value);
  MmlCommand& word(std::string_view parameter, std::string_view value);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string wire() const { return name_ + ":" + parameters_ + ";\n"; }

 private:
  void add(std::string_view parameter, std::string_view value, std::string_view quote);
  std::string name_, parameters_;
};

}  // namespace network_element
