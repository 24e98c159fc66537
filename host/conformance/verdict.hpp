// What a check came to. A failure says what was found, what was expected and how to mend it.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace jackfield::conformance {

struct Verdict {
  enum State { ok, failed, not_applicable };
  State state = failed;
  std::string found, expected, mend;  // the last two of a failure only

  [[nodiscard]] static Verdict pass(std::string found) { return {ok, std::move(found), "", ""}; }
  [[nodiscard]] static Verdict fail(std::string found, std::string expected, std::string mend) {
    return {failed, std::move(found), std::move(expected), std::move(mend)};
  }
  [[nodiscard]] static Verdict skip(std::string why) { return {not_applicable, std::move(why), "", ""}; }

  /// One line.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] nlohmann::json to_json() const;
  /// Throws nlohmann::json::exception where it is none.
  [[nodiscard]] static Verdict parse(const std::string& json);
};

/// "ok", "failed", "not applicable".
[[nodiscard]] const char* to_string(Verdict::State state);

}  // namespace jackfield::conformance
