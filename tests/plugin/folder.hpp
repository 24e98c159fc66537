// A folder of a test's own, gone with it, into which the libraries under test are copied.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace jackfield::plugin {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "jackfield-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
    path_ = std::filesystem::canonical(name);
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string add(const std::string& library, const std::string& as) const {
    std::filesystem::copy_file(original(library), path_ / as, std::filesystem::copy_options::overwrite_existing);
    return file(as);
  }
  std::string write(const std::string& as, const std::string& text) const {
    std::ofstream(path_ / as, std::ios::binary) << text;
    return file(as);
  }
  [[nodiscard]] static std::string original(const std::string& library) {
    return std::string(LIBRARIES "/") + library + ".so";
  }

 private:
  std::filesystem::path path_;
};

}  // namespace jackfield::plugin
