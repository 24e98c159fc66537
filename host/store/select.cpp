#include "store/select.hpp"

namespace jackfield::store {

Select::Select(soci::session& sql, const std::string& text, const std::vector<Parameter>& kinds,
               const std::string& columns)
    : parameters_(kinds.size()), columns_(columns.size()), statement_(sql) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string name = "p" + std::to_string(i);
    if (std::holds_alternative<std::string>(kinds[i])) {
      statement_.exchange(soci::use(parameters_[i].text, name));
    } else {
      statement_.exchange(soci::use(parameters_[i].integer, name));
    }
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == 't') {
      statement_.exchange(soci::into(columns_[i].text, columns_[i].null));
    } else {
      statement_.exchange(soci::into(columns_[i].integer, columns_[i].null));
    }
  }
  statement_.alloc();
  statement_.prepare(text);
  statement_.define_and_bind();
}

void Select::assign(std::size_t parameter, const Parameter& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    parameters_[parameter].text = *text;
  } else {
    parameters_[parameter].integer = std::get<std::int64_t>(value);
  }
}

void Select::start(const std::vector<Parameter>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) assign(i, values[i]);
  statement_.execute(false);
}

bool Select::next() { return statement_.fetch(); }

const std::string& Select::text(std::size_t column) const {
  static const std::string none;
  return null(column) ? none : columns_[column].text;
}

std::int64_t Select::integer(std::size_t column) const { return null(column) ? 0 : columns_[column].integer; }

bool Select::null(std::size_t column) const { return columns_[column].null == soci::i_null; }

}  // namespace jackfield::store
