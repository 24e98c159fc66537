// A library mapped by a process that looks at it and ends: until close(), else for as long as the process lives, as
// threads of the library may still run in it. What the host runs on is kept by library.hpp instead.
//
// Thread rule: one thread at a time. Errors: std::runtime_error with the dynamic linker's words.
#pragma once

#include <jackfield/abi.h>

#include <memory>
#include <string>

namespace jackfield::plugin {

class Mapping {
 public:
  /// Maps it with every symbol bound; its constructors run.
  explicit Mapping(const std::string& file);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  /// What its entry returns; asked anew each time.
  [[nodiscard]] const jf_plugin* table() const;
  /// Takes it out again; its destructors run.
  void close();

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace jackfield::plugin
