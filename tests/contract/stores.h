// SPDX-License-Identifier: Apache-2.0
//
// The implementations that every suite of the store ports runs over.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/store_sqlite/sqlite_store.h"
#include "app/ports/account_store.h"
#include "app/ports/key_store.h"
#include "app/ports/strategy_store.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {

// Open stores; destroying it closes them.
class OpenStores {
 public:
  virtual ~OpenStores() = default;
  virtual StrategyStore& strategies() = 0;
  virtual AccountStore& accounts() = 0;
  virtual SessionStore& sessions() = 0;
  virtual AuditStore& audit() = 0;
  virtual KeyStore& keys() = 0;
  virtual StoreHealth& health() = 0;
};

// A way to keep things: opened a second time with the same directory it has what it had.
struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<OpenStores>(const std::string& directory)> open;
};

inline std::ostream& operator<<(std::ostream& out, const StoreKind& kind) {
  return out << kind.name;
}

constexpr TimePoint test_time{std::chrono::seconds{1'764'000'000}};

class OpenSqlite : public OpenStores {
 public:
  explicit OpenSqlite(const std::string& directory)
      : store_(SqliteStore::open(directory, test_time).value()) {}
  StrategyStore& strategies() override { return store_->strategies(); }
  AccountStore& accounts() override { return store_->accounts(); }
  SessionStore& sessions() override { return store_->sessions(); }
  AuditStore& audit() override { return store_->audit(); }
  KeyStore& keys() override { return store_->keys(); }
  StoreHealth& health() override { return store_->health(); }

 private:
  std::unique_ptr<SqliteStore> store_;
};

class OpenMemory : public OpenStores {
 public:
  explicit OpenMemory(std::shared_ptr<MemoryStore> store) : store_(std::move(store)) {}
  StrategyStore& strategies() override { return *store_; }
  AccountStore& accounts() override { return *store_; }
  SessionStore& sessions() override { return *store_; }
  AuditStore& audit() override { return *store_; }
  KeyStore& keys() override { return *store_; }
  StoreHealth& health() override { return *store_; }

 private:
  std::shared_ptr<MemoryStore> store_;
};

inline std::vector<StoreKind> store_kinds() {
  // What "is on disk" of the stores in memory.
  const auto kept = std::make_shared<std::map<std::string, std::shared_ptr<MemoryStore>>>();
  return {{"sqlite",
           [](const std::string& directory) { return std::make_unique<OpenSqlite>(directory); }},
          {"memory", [kept](const std::string& directory) {
             std::shared_ptr<MemoryStore>& store = (*kept)[directory];
             if (!store) store = std::make_shared<MemoryStore>();
             return std::make_unique<OpenMemory>(store);
           }}};
}

// Each test has a directory and open stores of its own.
class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  void reopen() {
    stores_.reset();
    stores_ = GetParam().open(directory_.path());
  }
  StrategyStore& strategies() { return stores_->strategies(); }
  AccountStore& accounts() { return stores_->accounts(); }
  SessionStore& sessions() { return stores_->sessions(); }
  AuditStore& audit() { return stores_->audit(); }
  KeyStore& keys() { return stores_->keys(); }
  StoreHealth& health() { return stores_->health(); }

 private:
  TempDirectory directory_;
  std::unique_ptr<OpenStores> stores_ = GetParam().open(directory_.path());
};

inline std::string kind_name(const ::testing::TestParamInfo<StoreKind>& info) {
  return info.param.name;
}

}  // namespace gthulhu
