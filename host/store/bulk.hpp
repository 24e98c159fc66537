// Many rows written by one prepared statement.
//
// A Shape says what to write without saying how: SQLite steps the statement once a row inside the process,
// PostgreSQL takes all rows as arrays in one round trip. Rows are added column by column in the shape's order.
//
// Thread rule: that of its session. Errors: soci::soci_error, from flush() alone.
#pragma once

#include "store/rows.hpp"

#include <soci/soci.h>

#include <string>
#include <vector>

namespace jackfield::store {

struct Field {
  enum class Kind { text, text_or_null, integer, integer_or_null, bytes };
  const char* name;
  Kind kind = Kind::text;
  bool key = false;  // of an update or a removal: which row is meant
};

struct Shape {
  enum class Verb { insert, update, remove };
  Verb verb = Verb::insert;
  const char* table = "";
  std::vector<Field> fields;
  const char* tail = "";  // "ON CONFLICT DO NOTHING"
};

class Bulk {
 public:
  explicit Bulk(Shape shape);
  virtual ~Bulk() = default;
  Bulk(const Bulk&) = delete;
  Bulk& operator=(const Bulk&) = delete;

  Bulk& text(const std::string& value);                        // empty is NULL for text_or_null
  Bulk& integer(std::int64_t value);
  Bulk& integer(const std::optional<std::int64_t>& value);
  Bulk& bytes(const Bytes& value);
  Bulk& bytes(std::string value);

  /// Writes the rows added since the last flush; none is no work. They are gone afterwards, also when it throws.
  /// Returns how many rows of the table that met.
  std::int64_t flush();
  /// Drops them unwritten.
  void clear();

 protected:
  struct Column {
    Field field;
    std::vector<std::string> texts;
    std::vector<long long> integers;
    std::vector<soci::indicator> nulls;

    [[nodiscard]] bool is_text() const;
  };

  virtual std::int64_t execute() = 0;

  Shape shape_;
  std::vector<Column> columns_;

 private:
  Column& next();

  std::size_t at_ = 0;
};

}  // namespace jackfield::store
