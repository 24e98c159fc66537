// A plugin library, mapped for as long as the process lives.
//
// It is opened under a name made of its content's hash, {data_dir}/plugins/<sha256>.so (a private folder, removed at
// once, where there is no data_dir): the file in the plugin folder may be replaced or truncated at any time without
// touching what runs, and new code is never mistaken for old. It is never unmapped, as threads or handlers the plugin
// left behind may still run in it.
//
// Thread rule: take_in() on one thread at a time; a Library is immutable and shared.
#pragma once

#include "plugin/inspection.hpp"

#include <memory>
#include <string>
#include <variant>


namespace jackfield::plugin {

class Library {
 public:
  Library(Inspection inspection, std::string hash, Descriptor descriptor, const jf_plugin* table)
      : inspection_(std::move(inspection)), hash_(std::move(hash)), descriptor_(std::move(descriptor)), table_(table) {}

  [[nodiscard]] const Inspection& inspection() const { return inspection_; }
  [[nodiscard]] const std::string& hash() const { return hash_; }
  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }
  [[nodiscard]] const jf_plugin* table() const { return table_; }

 private:
  Inspection inspection_;
  std::string hash_;
  Descriptor descriptor_;
  const jf_plugin* table_;
};

/// A library that was inspected and tried in a child process, and lies under its name made of its hash.
struct Tried {
  Inspection inspection;
  std::string hash, path;
  Descriptor descriptor;
};
/// Does not map it. `data_dir` must be given: the copy stays there.
[[nodiscard]] std::variant<Tried, Refusal> try_out(const std::string& file, const std::string& data_dir);
/// Maps what was tried. The same content gives the same Library.
[[nodiscard]] std::variant<std::shared_ptr<const Library>, Refusal> map_in(const Tried& tried);
/// The same for a copy that another process tried.
[[nodiscard]] std::variant<std::shared_ptr<const Library>, Refusal> open_tried(const std::string& path);

/// Inspects, probes in a child process, maps and reads the descriptor. The same content gives the same Library.
[[nodiscard]] std::variant<std::shared_ptr<const Library>, Refusal> take_in(const std::string& file,
                                                                            const std::string& data_dir);

}  // namespace jackfield::plugin
