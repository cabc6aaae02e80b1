// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/database.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace gthulhu {
namespace {

// SQLite's result codes are plain numbers (https://www.sqlite.org/rescode.html).
Errc code_of(int status) {
  if (status == SQLITE_CONSTRAINT_UNIQUE || status == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return Errc::conflict;
  }
  constexpr int primary = 0xff;
  switch (status & primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::corrupt;
    case SQLITE_BUSY:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_READONLY: return Errc::unavailable;
    default: return Errc::internal;
  }
}

std::string_view message_of(int status) {
  const Errc code = code_of(status);
  if (code == Errc::conflict) return "it exists already";
  if (code == Errc::corrupt) return "the store is damaged";
  constexpr int primary = 0xff;
  switch (status & primary) {
    case SQLITE_FULL: return "the store's disk is full";
    case SQLITE_READONLY: return "the store is read-only";
    case SQLITE_BUSY: return "another program has locked the store";
    default: return "the store cannot be read or written";
  }
}

Error failure(sqlite3* handle, int status) {
  const char* file = sqlite3_db_filename(handle, "main");
  std::string detail = std::string(file == nullptr ? "" : file) + ": " + sqlite3_errmsg(handle) +
                       " (SQLite result " + std::to_string(status) + ")";
  const int cause = sqlite3_system_errno(handle);
  if (code_of(status) == Errc::unavailable && cause != 0) {
    detail += std::string(": ") + std::strerror(cause);
  }
  return Error{code_of(status), std::string(message_of(status)), std::move(detail)};
}

// SQLite gives its own files the mode of the database file.
Result<> make_private_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid() || ::fchmod(file.get(), 0600) != 0 || ::fsync(file.get()) != 0) {
    return Error{Errc::unavailable, "cannot open " + path + ": " + std::strerror(errno), ""};
  }
  return {};
}

}  // namespace

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::string_view text) {
  // An empty string_view may have no address, which SQLite would take for NULL.
  const char* start = text.data() == nullptr ? "" : text.data();
  const int status =
      sqlite3_bind_text64(statement_, ++bound_, start, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (status_ == SQLITE_OK) status_ = status;
  return *this;
}

Query& Query::bind(std::int64_t number) {
  const int status = sqlite3_bind_int64(statement_, ++bound_, number);
  if (status_ == SQLITE_OK) status_ = status;
  return *this;
}

Query& Query::bind(std::optional<TimePoint> time) {
  if (time) return bind(*time);
  ++bound_;  // a parameter that nothing was bound to is NULL
  return *this;
}

Result<bool> Query::next() {
  const int status = status_ == SQLITE_OK ? sqlite3_step(statement_) : status_;
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_), status);
}

Result<> Query::done() {
  while (TRY(next())) {
  }
  return {};
}

std::string Query::text(int column) const {
  const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (start == nullptr) return {};
  return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Query::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

TimePoint Query::time(int column) const {
  return TimePoint{std::chrono::milliseconds{number(column)}};
}

std::optional<TimePoint> Query::optional_time(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return time(column);
}

Result<Database> Database::open(const std::string& path) {
  TRY(make_private_file(path));
  sqlite3* raw = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;  // the holder guards it
  const int status = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database{Handle(raw)};  // also when opening failed: SQLite still wants it closed
  if (status != SQLITE_OK) {
    return Error{code_of(status), "cannot open " + path, raw == nullptr ? "" : sqlite3_errmsg(raw)};
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5000);  // a backup tool may hold it for a moment
  // A negative cache_size is in KiB: the whole program has 20 MiB.
  TRY(
      database.run("PRAGMA journal_mode=WAL;"
                   "PRAGMA synchronous=FULL;"
                   "PRAGMA foreign_keys=ON;"
                   "PRAGMA cache_size=-1024;"
                   "PRAGMA mmap_size=0;"
                   "PRAGMA trusted_schema=OFF;"));
  Query mode = TRY(database.query("PRAGMA journal_mode"));
  if (!TRY(mode.next()) || mode.text(0) != "wal") {
    return Error{Errc::unavailable, "the file system of " + path + " cannot hold a store",
                 "no WAL"};
  }
  return database;
}

Result<Query> Database::query(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) {
    CHECK(sqlite3_stmt_busy(known->second.get()) == 0);
    return Query(known->second.get());
  }
  sqlite3_stmt* raw = nullptr;
  const int status = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  Statement statement(raw);
  if (status != SQLITE_OK) return failure(handle_.get(), status);
  return Query(statements_.emplace(sql, std::move(statement)).first->second.get());
}

Result<> Database::run(const std::string& sql) {
  const int status = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return failure(handle_.get(), status);
  return {};
}

Result<> Database::transaction(const std::function<Result<>(Database&)>& work) {
  TRY(run("BEGIN IMMEDIATE"));
  Result<> done = work(*this);
  if (done) done = check_in_place();
  if (done) done = run("COMMIT");
  if (done) return {};
  // Some errors have rolled back already; then there is nothing left to do and this fails.
  (void)run("ROLLBACK");
  return done;
}

Result<> Database::check_in_place() {
  int has_moved = 0;
  const int status =
      sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  if (status != SQLITE_OK) return failure(handle_.get(), status);
  if (has_moved == 0) return {};
  return Error{Errc::unavailable, "the store's file was removed or replaced",
               sqlite3_db_filename(handle_.get(), "main")};
}

}  // namespace gthulhu
