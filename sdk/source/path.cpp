#include <jackfield/path.hpp>

#include <filesystem>
#include <string_view>

namespace jackfield {

void Path::resolve(const std::string& config_dir, const std::string& data_dir) {
  if (text_.empty()) return;
  std::filesystem::path path(text_);
  const auto stand_in = [&](std::string_view name, const std::string& folder) {
    if (!text_.starts_with(name)) return false;
    const auto rest = std::string_view(text_).substr(name.size());
    path = std::filesystem::path(folder) / rest.substr(rest.starts_with('/') ? 1 : 0);
    return true;
  };
  if (!stand_in("{data_dir}", data_dir) && !stand_in("{config_dir}", config_dir) && path.is_relative()) {
    path = std::filesystem::path(config_dir) / path;
  }
  text_ = std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace jackfield
