#include "store/bulk.hpp"

#include <cassert>
#include <utility>

namespace jackfield::store {

bool Bulk::Column::is_text() const {
  return field.kind != Field::Kind::integer && field.kind != Field::Kind::integer_or_null;
}

Bulk::Bulk(Shape shape) : shape_(std::move(shape)) {
  columns_.reserve(shape_.fields.size());
  for (const Field& field : shape_.fields) columns_.push_back(Column{field, {}, {}, {}});
}

Bulk::Column& Bulk::next() {
  Column& column = columns_[at_];
  at_ = (at_ + 1) % columns_.size();
  return column;
}

Bulk& Bulk::text(const std::string& value) {
  Column& column = next();
  assert(column.is_text());
  const bool null = column.field.kind == Field::Kind::text_or_null && value.empty();
  column.texts.push_back(value);
  column.nulls.push_back(null ? soci::i_null : soci::i_ok);
  return *this;
}

Bulk& Bulk::integer(std::int64_t value) { return integer(std::optional<std::int64_t>(value)); }

Bulk& Bulk::integer(const std::optional<std::int64_t>& value) {
  Column& column = next();
  assert(!column.is_text());
  column.integers.push_back(value.value_or(0));
  column.nulls.push_back(value ? soci::i_ok : soci::i_null);
  return *this;
}

Bulk& Bulk::bytes(const Bytes& value) {
  return bytes(std::string(reinterpret_cast<const char*>(value.data()), value.size()));
}

Bulk& Bulk::bytes(std::string value) {
  Column& column = next();
  assert(column.field.kind == Field::Kind::bytes);
  column.texts.push_back(std::move(value));
  column.nulls.push_back(soci::i_ok);
  return *this;
}

std::int64_t Bulk::flush() {
  assert(at_ == 0);
  if (columns_.front().nulls.empty()) return 0;
  try {
    const std::int64_t met = execute();
    clear();
    return met;
  } catch (...) {
    clear();
    throw;
  }
}

void Bulk::clear() {
  at_ = 0;
  for (Column& column : columns_) {
    column.texts.clear();
    column.integers.clear();
    column.nulls.clear();
  }
}

}  // namespace jackfield::store
