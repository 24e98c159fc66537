// A file named in the settings. Relative to the configuration folder; "{data_dir}" and "{config_dir}" at its beginning
// stand for those folders. The SDK makes every Path of the settings absolute before the plugin sees it.
#pragma once

#include <string>
#include <utility>

#include <jackfield/codec.hpp>

namespace jackfield {

class Path {
 public:
  Path() = default;
  Path(std::string text) : text_(std::move(text)) {}  // NOLINT: a text becomes one without a word
  Path(const char* text) : text_(text) {}             // NOLINT

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  bool operator==(const Path&) const = default;

  /// Makes it absolute. An empty one stays empty.
  void resolve(const std::string& config_dir, const std::string& data_dir);

 private:
  std::string text_;
};

template <>
struct Codec<Path> {
  static std::string schema(const Path&, Use) { return R"("type":"string","x-path":true)"; }
  static void pack(Packer& packer, const Path& value) { pack_text(packer, value.str()); }
  static void unpack(const Object& object, Path& value, Findings& findings) {
    std::string text;
    if (detail::read_text(object, text, findings)) value = Path(std::move(text));
  }
};

namespace detail {

/// Resolves every Path in a value, however deep.
template <class T>
void resolve_paths(T& value, const std::string& config_dir, const std::string& data_dir) {
  if constexpr (std::is_same_v<T, Path>) {
    value.resolve(config_dir, data_dir);
  } else if constexpr (HasFields<T>) {
    T::jf_fields(value, [&](const Field&, auto& member) { resolve_paths(member, config_dir, data_dir); });
  } else if constexpr (requires {
                         value.has_value();
                         *value;
                       }) {
    if (value.has_value()) resolve_paths(*value, config_dir, data_dir);
  } else if constexpr (requires { typename T::mapped_type; }) {
    for (auto& [key, item] : value) resolve_paths(item, config_dir, data_dir);
  } else if constexpr (requires {
                         typename T::value_type;
                         value.push_back(typename T::value_type{});
                       }) {
    if constexpr (std::is_class_v<typename T::value_type>) {
      for (auto& item : value) resolve_paths(item, config_dir, data_dir);
    }
  }
}

}  // namespace detail
}  // namespace jackfield
