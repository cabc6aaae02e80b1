// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_store.h"

#include "adapters/store_sqlite/migrations.h"

namespace gthulhu {

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& directory,
                                                       TimePoint now) {
  DataDirectory claimed = TRY(DataDirectory::claim(directory));
  const std::string path = claimed.file("gthulhu.db");
  Database database = TRY(Database::open(path));
  if (auto migrated = migrate(database, migrations(), now); !migrated) {
    return std::move(migrated).error().in("open " + path);
  }
  Database reader = TRY(Database::open(path));
  TRY(reader.run("PRAGMA query_only=ON"));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(claimed), std::move(database), std::move(reader)));
}

}  // namespace gthulhu
