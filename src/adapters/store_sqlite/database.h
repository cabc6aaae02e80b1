// SPDX-License-Identifier: Apache-2.0
//
// SQLite's C interface with owners and Results. One thread at a time: whoever holds the Database
// guards it (see connection.h).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/owned.h"
#include "base/result.h"

namespace gthulhu {

class Database;

// One run of a prepared statement: bind all parameters in order, then step through the rows.
// Must not outlive its Database; at most one at a time for the same text.
class Query {
 public:
  Query(Query&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)),
        status_(other.status_),
        bound_(other.bound_) {}
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& bind(std::string_view text);
  Query& bind(std::int64_t number);
  Query& bind(bool truth) { return bind(std::int64_t{truth ? 1 : 0}); }
  Query& bind(const char*) = delete;  // it would be taken for a bool
  // Times are milliseconds since 1970; nothing is NULL.
  Query& bind(TimePoint time) { return bind(std::int64_t{time.time_since_epoch().count()}); }
  Query& bind(std::optional<TimePoint> time);

  // Whether there is a row, which the functions below then read. Errc::conflict when it would break
  // a UNIQUE constraint, Errc::corrupt when the file is no database or damaged, Errc::unavailable
  // for disk full and the like.
  Result<bool> next();
  // For statements without rows.
  Result<> done();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] bool truth(int column) const { return number(column) != 0; }
  [[nodiscard]] TimePoint time(int column) const;
  [[nodiscard]] std::optional<TimePoint> optional_time(int column) const;

 private:
  friend class Database;
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}

  sqlite3_stmt* statement_;
  int status_ = SQLITE_OK;  // of the first bind that failed
  int bound_ = 0;
};

// An open database file: WAL, synchronous=FULL (a committed change survives a power cut), small
// cache.
class Database {
 public:
  // Makes the file when it is missing, with mode 0600. Messages of errors name the path.
  static Result<Database> open(const std::string& path);

  // Compiled once for each text. Errc::internal for SQL that is wrong.
  Result<Query> query(std::string_view sql);

  // Any number of statements, whose rows nobody wants.
  Result<> run(const std::string& sql);

  // One statement without rows; its parameters in order. Not in a file that was removed or
  // replaced, where nobody would find it again.
  template <class... Parameters>
  Result<> execute(std::string_view sql, const Parameters&... parameters) {
    TRY(check_in_place());
    Query statement = TRY(query(sql));
    (statement.bind(parameters), ...);
    return statement.done();
  }

  // All of `work`, which is given this, or, when it fails, nothing. Likewise only in its place.
  Result<> transaction(const std::function<Result<>(Database&)>& work);

  // How many rows the last statement changed.
  [[nodiscard]] int changed_rows() const { return sqlite3_changes(handle_.get()); }

  // Errc::unavailable when the file was removed or another one is in its place. Costs a stat().
  Result<> check_in_place();

 private:
  using Handle = Owned<sqlite3, sqlite3_close_v2>;
  using Statement = Owned<sqlite3_stmt, sqlite3_finalize>;

  explicit Database(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
  std::map<std::string, Statement, std::less<>> statements_;  // after handle_: goes before it
};

}  // namespace gthulhu
