// SPDX-License-Identifier: Apache-2.0
//
// Lists with filter, sort, offset, limit and snapshot: one page of what a snapshot has.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/manager/snapshot_history.h"
#include "base/result.h"
#include "core/match/list_filter.h"
#include "net/http.h"
#include "rest/query.h"
#include "wire/json.h"

namespace gthulhu::rest {

// What a list's query asks for.
struct ListQuery {
  ListFilter filter;
  std::string sort;  // a name of the list's sort keys
  bool is_descending = false;
  PageBounds page;
  std::optional<std::uint64_t> snapshot;
};

// `sort=KEY` or `sort=-KEY`; without it the first of `sort_keys`. Errc::invalid_argument names the
// field of the query that is wrong.
Result<ListQuery> list_query(const net::Request& request,
                             std::span<const std::string_view> filter_fields,
                             std::span<const std::string_view> sort_keys);

// The snapshot that the query names, or the newest one, which is kept for the next pages. Null when
// it is not kept any more: the answer is then snapshot_gone().
Plane::View list_snapshot(SnapshotHistory& history, const Plane& plane, const ListQuery& query);
net::Response snapshot_gone();

// {"items":[…],"total":…,"snapshot":"…"}: the page's items of `rows`, which `encode` writes.
template <class Row, class Encode>
wire::Value list_data(const std::vector<Row>& rows,
                      const ListQuery& query,
                      std::uint64_t version,
                      const Encode& encode) {
  wire::Value::Array items;
  const std::size_t end = std::min(rows.size(), query.page.offset + query.page.limit);
  for (std::size_t i = query.page.offset; i < end; ++i) items.push_back(encode(rows[i]));
  return wire::Value::Object{{"items", std::move(items)},
                             {"total", std::uint64_t{rows.size()}},
                             {"snapshot", std::to_string(version)}};
}

}  // namespace gthulhu::rest
