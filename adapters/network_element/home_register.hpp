// What can be done to a line in the network's home register, and how each of it is asked about.
//
// Every change is said together with the question that tells whether it is there. Numbers are national (eleven digits,
// +86 and 86 are dropped); the network's own form, 86 before them, is made here.
// Lives for one run of a step. Errors: as Conversation; Fail INPUT_INVALID for what is no number, IMSI or Ki.
#pragma once

#include "conversation.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace network_element {

struct Subscriber {
  std::string imsi;
  bool is_barred = false;
};

/// "8613800138000" of 13800138000, 8613800138000 or +8613800138000.
[[nodiscard]] std::string isdn_of(std::string_view msisdn);

class HomeRegister {
 public:
  explicit HomeRegister(Conversation& conversation) : talk_(conversation) {}

  [[nodiscard]] std::optional<Subscriber> subscriber(const std::string& isdn);
  [[nodiscard]] bool has_ki(const std::string& imsi);

  void add_ki(const std::string& imsi, const std::string& ki);
  void add_subscriber(const std::string& imsi, const std::string& isdn, std::int64_t template_id);
  void change_imsi(const std::string& isdn, const std::string& imsi);
  void change_isdn(const std::string& isdn, const std::string& new_isdn);
  void bar(const std::string& isdn, bool barred);
  /// Gone counts as removed.
  void remove_subscriber(const std::string& isdn);
  void remove_ki(const std::string& imsi);

 private:
  Conversation& talk_;
};

}  // namespace network_element
