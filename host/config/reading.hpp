// Takes the fixed keys of host.yaml out of the document, one typed value at a time.
//
// A value that does not fit becomes a finding and leaves the default; a key that was never asked for is unknown.
// Paths are dotted, as in --set.
#pragma once

#include "config/document.hpp"

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::config {

class Reading {
 public:
  Reading(const Document& document, std::filesystem::path config_dir, std::vector<flow::Finding>& findings)
      : document_(document), config_dir_(std::move(config_dir)), findings_(findings) {}

  using Form = bool (*)(const std::string&);

  void text(const std::string& path, std::string& value);
  /// Text that `form` accepts; `expected` says what that is.
  void text(const std::string& path, std::string& value, Form form, const char* code, const char* expected);
  /// Text, or `{env: NAME}` or `{file: PATH}`; `{data_dir}` is replaced.
  void secret_text(const std::string& path, std::string& value, const std::string& data_dir);
  void word(const std::string& path, std::string& value, const std::vector<std::string>& words);
  void duration(const std::string& path, std::chrono::milliseconds& value, std::chrono::milliseconds least);
  void backoff(const std::string& path, std::chrono::milliseconds& first, std::chrono::milliseconds& most);
  void size(const std::string& path, std::size_t& value, std::size_t least, std::size_t most);
  void count(const std::string& path, std::size_t& value, std::size_t least, std::size_t most);
  void count(const std::string& path, int& value, int least, int most);

  /// The block at `path` as it goes to a plugin: secrets resolved, `{data_dir}` replaced in every text.
  [[nodiscard]] flow::Value block(const std::string& path, const std::string& data_dir);
  /// The keys of the map at `path` ("plugins"), whose values are maps or empty.
  [[nodiscard]] std::vector<std::string> blocks(const std::string& path);

  /// Findings for every key that nothing asked for.
  void refuse_the_rest();
  void find(const std::string& path, const char* code, std::string text);

 private:
  [[nodiscard]] const flow::Value* at(const std::string& path);
  [[nodiscard]] bool as_text(const std::string& path, std::string& out);
  flow::Value resolve(const flow::Value& value, const std::string& pointer, const std::string& data_dir);
  [[nodiscard]] bool resolve_secret(const flow::Value& value, const std::string& pointer, std::string& out);
  void refuse(const flow::Value& map, const std::string& path, const std::string& pointer);

  const Document& document_;
  std::filesystem::path config_dir_;
  std::vector<flow::Finding>& findings_;
  std::set<std::string> known_;   // pointers asked for
  std::set<std::string> blocks_;  // pointers below which a plugin's schema judges
};

}  // namespace jackfield::config
