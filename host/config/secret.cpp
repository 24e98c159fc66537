// Secrets and places in the settings: `{env: NAME}`, `{file: PATH}` and `{data_dir}`.
#include "config/code.hpp"
#include "config/reading.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace jackfield::config {
namespace {

constexpr std::size_t secret_most_bytes = 64 * 1024;

bool is_secret(const flow::Value& value) {
  return value.is_object() && value.size() == 1 && (value.contains("env") || value.contains("file"));
}

std::string with_data_dir(std::string text, const std::string& data_dir) {
  static const std::string word = "{data_dir}";
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += data_dir.size()) {
    text.replace(at, word.size(), data_dir);
  }
  return text;
}

}  // namespace

bool Reading::resolve_secret(const flow::Value& value, const std::string& pointer, std::string& out) {
  const auto refuse = [&](const std::string& text) {
    findings_.push_back(document_.marks.finding(pointer, code::secret, text));
    return false;
  };
  const std::string source = value.begin().key();
  if (!value.begin()->is_string()) return refuse("{" + source +
      "}: found no name, expected {env: NAME} or {file: PATH}");
  const auto name = value.begin()->get<std::string>();
  if (source == "env") {
    const char* const found = std::getenv(name.c_str());
    if (found == nullptr) return refuse("environment variable " + name + " is not set; set it, or name another");
    if (*found == '\0') return refuse("environment variable " + name + " is set, but empty; give it a value, or name another");
    out = found;
    return true;
  }
  const std::filesystem::path file = config_dir_ / name;  // an absolute one stays as it is
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) || std::filesystem::file_size(file, error) > secret_most_bytes) {
    return refuse("found no file of at most 64 KiB at " + file.string() + "; make it, or name another");
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream all;
  all << stream.rdbuf();
  if (!stream) return refuse("cannot read " + file.string() + "; this user must be able to");
  out = all.str();
  if (!out.empty() && out.back() == '\n') out.pop_back();
  if (!out.empty() && out.back() == '\r') out.pop_back();
  if (out.empty()) return refuse(file.string() + " is empty; write the secret into it, or name another");
  return true;
}

flow::Value Reading::resolve(const flow::Value& value, const std::string& pointer, const std::string& data_dir) {
  if (value.is_string()) return with_data_dir(value.get<std::string>(), data_dir);
  if (is_secret(value)) {
    std::string secret;
    if (resolve_secret(value, pointer, secret)) return secret;
    return nullptr;
  }
  if (!value.is_structured()) return value;
  flow::Value out = value.is_array() ? flow::Value::array() : flow::Value::object();
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      out.push_back(resolve(value[i], child(pointer, std::to_string(i)), data_dir));
    }
  } else {
    for (const auto& [key, member] : value.items()) out[key] = resolve(member, child(pointer, key), data_dir);
  }
  return out;
}

}  // namespace jackfield::config
