// SPDX-License-Identifier: Apache-2.0
//
// A strategy as columns, of the table `strategies` and of its revisions.
#pragma once

#include <string>

#include "adapters/store_sqlite/database.h"
#include "core/model/strategy.h"

namespace gthulhu {

// In the order in which they are bound and read; the revision stands apart and comes last.
inline constexpr std::string_view strategy_columns =
    "id, strategy_namespace, selector, namespaces, cgroup_paths, command_regex, priority, "
    "slice_ns, clamped, rank, creator, updater, created_ms, updated_ms, name, description, "
    "enabled, excluded_namespaces, container, excluded_pods, includes_protected, confirms_all, "
    "expires_ms, command_match";
inline constexpr int strategy_column_count = 24;  // with revision: 25

// Binds all columns, then the revision.
void bind_strategy(Query& query, const Strategy& strategy);

// Reads a row that begins with the columns and the revision. An Error says which column is wrong;
// numbers out of range are taken to the nearest one and the strategy is marked `clamped`.
Result<Strategy> read_strategy(const Query& row);

}  // namespace gthulhu
