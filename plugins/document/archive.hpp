// 单据管理: which documents were printed, their digests, and where the archived copies lie.
//
// Table documents(document, instance, digest, dated, printed_at_ms, archived_at_ms, archive). `document` and `archive`
// are file names relative to the data folder: documents/<instance>/receipt.pdf and, with the day the fee was paid,
// archive/<yyyymmdd>/<instance>-receipt.pdf. Archiving copies the document durably after comparing its digest
// with the printed one; doing it again finds it done. One thread at a time (the plugin's), inside the plugin's transaction.
// Errors: jackfield::Fail with the codes of the README; std::runtime_error from the file system; soci's exceptions.
#pragma once

#include <cstdint>
#include <string>

namespace soci {
class session;
}

struct Archived {
  std::string document;
  std::string archive;
  std::string digest;
  std::int64_t archived_at_ms = 0;
};

class Archive {
 public:
  static const char* const tables;

  explicit Archive(std::string data_dir) : data_dir_(std::move(data_dir)) {}

  // Writes the document and remembers it; the same document again replaces itself.
  std::string put(soci::session& sql, const std::string& document, const std::string& instance,
                  const std::string& bytes, int day, std::int64_t at_ms) const;

  Archived archive(soci::session& sql, const std::string& document, std::int64_t at_ms) const;

 private:
  std::string data_dir_;
};
