// Who is on the blacklist, and who tried all the same.
//
// The list is read from its file at start and kept in memory; a changed file counts from the next start or reload on.
// Attempts are rows of the table `attempts`: key, order, when, service, channel, kind of identity, the number with all
// but its last four characters hidden, the reason told.
//
// Thread rule: the plugin's one thread. Errors: std::runtime_error from the constructor, with file and line.
#pragma once

#include "settings.hpp"

#include <jackfield/database.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace blacklist {

struct Attempt {
  std::string key;
  std::string order;
  std::string service;
  std::string channel;
  std::string id_type;
  std::string id_number;  // in clear: only its hidden form is written
  std::string reason;
};

class Register {
 public:
  Register(const Settings& settings, jackfield::Host& host);

  jackfield::Database database;

  /// Why the identity is listed; nothing where it is not.
  [[nodiscard]] std::optional<std::string> reason(const std::string& id_type, const std::string& id_number) const;
  void record(const Attempt& attempt, jackfield::TimePoint now);

 private:
  std::map<std::pair<std::string, std::string>, std::string> listed_;
};

}  // namespace blacklist
