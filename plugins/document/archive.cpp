#include "archive.hpp"

#include <jackfield/digest.hpp>
#include <jackfield/error.hpp>

#include <soci/soci.h>

#include <filesystem>

#include "durable_file.hpp"

const char* const Archive::tables = R"(
  CREATE TABLE IF NOT EXISTS documents (document TEXT PRIMARY KEY, instance TEXT NOT NULL, digest TEXT NOT NULL,
    dated BIGINT NOT NULL, printed_at_ms BIGINT NOT NULL, archived_at_ms BIGINT NOT NULL, archive TEXT NOT NULL))";

std::string Archive::put(soci::session& sql, const std::string& document, const std::string& instance,
                         const std::string& bytes, int day, std::int64_t at_ms) const {
  auto digest = jackfield::sha256(bytes);
  write_durably(data_dir_ + "/" + document, bytes);
  long long dated = day, at = at_ms;
  sql << "INSERT INTO documents (document, instance, digest, dated, printed_at_ms, archived_at_ms, archive) "
         "VALUES (:document, :instance, :digest, :dated, :at, 0, '') ON CONFLICT (document) DO UPDATE SET "
         "digest = excluded.digest, dated = excluded.dated, printed_at_ms = excluded.printed_at_ms, archived_at_ms = 0",
      soci::use(document), soci::use(instance), soci::use(digest), soci::use(dated), soci::use(at);
  return digest;
}

Archived Archive::archive(soci::session& sql, const std::string& document, std::int64_t at_ms) const {
  std::string instance, printed;
  Archived done{document, {}, {}, 0};
  long long dated = 0, archived_at = 0;
  sql << "SELECT instance, digest, dated, archived_at_ms, archive FROM documents WHERE document = :document",
      soci::use(document), soci::into(instance), soci::into(printed), soci::into(dated), soci::into(archived_at),
      soci::into(done.archive);
  if (!sql.got_data())
    throw jackfield::Fail{"DOCUMENT_UNKNOWN",
                          "'" + document + "' was not printed here: archive what document.print answered"};
  done.digest = printed;
  done.archived_at_ms = archived_at;
  if (archived_at != 0 && std::filesystem::exists(data_dir_ + "/" + done.archive)) return done;

  auto file = data_dir_ + "/" + document;
  if (!std::filesystem::exists(file))
    throw jackfield::Fail{"DOCUMENT_MISSING", file + " is gone: restore it, then replay"};
  auto bytes = read_whole(file);
  auto found = jackfield::sha256(bytes);
  if (found != printed)
    throw jackfield::Fail{"DOCUMENT_CHANGED", file + " has SHA-256 " + found + ", printed was " + printed +
                                                  ": restore it, then replay"};
  auto name = std::filesystem::path(document).filename().string();
  done.archive = "archive/" + std::to_string(dated) + "/" + instance + "-" + name;
  write_durably(data_dir_ + "/" + done.archive, bytes);
  done.archived_at_ms = at_ms;
  long long at = at_ms;
  sql << "UPDATE documents SET archived_at_ms = :at, archive = :archive WHERE document = :document", soci::use(at),
      soci::use(done.archive), soci::use(document);
  return done;
}
