// What is wrong with a message, each finding with the path of its member: "/customer/id_number: expected string, found
// integer 5". Reading goes on after a finding, so one answer names them all (the first 32).
//
// Thread rule: one reader's own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <jackfield/message.hpp>

namespace jackfield {

class Findings {
 public:
  /// Settings refuse a key nobody asked for; inputs ignore it.
  enum class Unknown { ignored, refused };

  explicit Findings(Unknown unknown = Unknown::ignored) : unknown_(unknown) {}

  /// Leaves the member again when destroyed.
  class [[nodiscard]] Member {
   public:
    Member(std::string& path, std::size_t length) : path_(path), length_(length) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() { path_.resize(length_); }

   private:
    std::string& path_;
    std::size_t length_;
  };
  Member enter(std::string_view name);
  Member enter(std::size_t index);

  /// A finding at the present path.
  void add(std::string_view message);
  /// "expected string, found integer 5". The value of a text is never told: it may be a person's or a secret.
  void expected(std::string_view what, const Object& found, bool tell_value = true);
  /// "unknown key 'hodl' (did you mean 'hold'?)", where unknown keys are refused.
  void unknown(std::string_view key, const std::vector<std::string_view>& known);

  [[nodiscard]] bool refuses_unknown() const { return unknown_ == Unknown::refused; }
  [[nodiscard]] bool empty() const { return found_.empty(); }
  [[nodiscard]] const std::vector<std::string>& all() const { return found_; }
  /// All of them, one after another: "…; …".
  [[nodiscard]] std::string text() const;

 private:
  Unknown unknown_;
  std::string path_;
  std::vector<std::string> found_;
  std::size_t left_out_ = 0;
};

/// The nearest of `known` within two letters of `word`, or "".
[[nodiscard]] std::string_view did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace jackfield
