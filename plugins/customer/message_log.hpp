// Messages to customers, as lines of a file a day: {folder}/YYYYMMDD.log, for whoever sends them.
//
// A line is a JSON object, {"key":…,"at":…,"to":…,"text":…}, and never changes once it ends in a newline; members may
// be added at its end. A line is on disk (fsync) before append() returns. A torn last line is cut off.
//
// Thread rule: one thread. Errors: jackfield::Retry with the system's words; nothing was written then, or a torn line.
#pragma once

#include <jackfield/host.hpp>

#include <string>

namespace customer {

class MessageLog {
 public:
  MessageLog(std::string folder, std::string zone) : folder_(std::move(folder)), zone_(std::move(zone)) {}

  /// Appends a message; where `again` is set only if none of this key is there yet, in the files of the last days.
  void append(jackfield::TimePoint now, const std::string& key, const std::string& to, const std::string& text,
              bool again);

 private:
  [[nodiscard]] std::string file(jackfield::TimePoint at) const;
  [[nodiscard]] bool contains(jackfield::TimePoint now, const std::string& key) const;

  std::string folder_;
  std::string zone_;
};

}  // namespace customer
