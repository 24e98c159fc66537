#include "store/dialect.hpp"

namespace jackfield::store {
namespace {

const char* advice(StoreError::Kind kind) {
  switch (kind) {
    case StoreError::Kind::busy: return "another connection holds it; try again";
    case StoreError::Kind::full: return "free space where the store lies, then try again";
    case StoreError::Kind::io: return "check that it is reachable, that the disk is sound and that this user may write";
    case StoreError::Kind::corrupt:
      return "the disk damaged it, or another program wrote to it; put back a backup, do not write to this one";
    case StoreError::Kind::conflict: return "the row is there already; nothing of the batch was stored";
    case StoreError::Kind::schema:
    case StoreError::Kind::other: break;
  }
  return "nothing of the batch was stored";
}

bool starts_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

}  // namespace

StoreError Dialect::explain(const std::string& tried, const soci::soci_error& error) const {
  const StoreError::Kind what = kind(error);
  std::string words = error.get_error_message();
  while (!words.empty() && (words.back() == '\n' || words.back() == ' ' || words.back() == '.')) words.pop_back();
  if (const std::string found = what == StoreError::Kind::corrupt ? damage() : ""; !found.empty())
    words = "found that " + found;
  return {what, "store " + place() + ": cannot " + tried + ": " + words + " (" + advice(what) + ")"};
}

std::unique_ptr<Dialect> dialect(const Options& options) {
  static const std::string file = "sqlite3://";
  if (starts_with(options.url, file.c_str()) && options.url.size() > file.size()) {
    return sqlite_dialect(options, options.url.substr(file.size()));
  }
  if (starts_with(options.url, "postgresql://") || starts_with(options.url, "postgres://")) {
    return postgres_dialect(options);
  }
  throw StoreError(StoreError::Kind::other, "store.url: found a URL of no known store; expected sqlite3://PATH or "
                                            "postgresql://user@host/db");
}

}  // namespace jackfield::store
