// Values for statements whose text is assembled at run time.
//
// Thread safety: as SQLite::Statement.
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace electra::server {

using SqlValue = std::variant<std::monostate, int64_t, double, std::string>;  // monostate: NULL

// An expression that is true or not (or NULL) for a row. `values` are for its `?`, in order; a
// user's text is only ever among them.
struct SqlCondition {
  std::string sql;  // empty: true for every row
  std::vector<SqlValue> values;
};

// Binds parameters from `first` on; returns the index after the last one.
inline int BindAll(SQLite::Statement& statement, int first, const std::vector<SqlValue>& values) {
  for (const SqlValue& value : values) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      statement.bind(first, *number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      statement.bind(first, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bind(first, *text);
    } else {
      statement.bind(first);
    }
    ++first;
  }
  return first;
}

inline SqlValue ReadValue(const SQLite::Column& column) {
  if (column.isInteger()) return column.getInt64();
  if (column.isFloat()) return column.getDouble();
  if (column.isText()) return column.getString();
  return std::monostate();
}

}  // namespace electra::server
