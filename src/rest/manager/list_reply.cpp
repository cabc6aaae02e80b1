// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/list_reply.h"

#include "base/text.h"
#include "rest/reply.h"

namespace gthulhu::rest {

Result<ListQuery> list_query(const net::Request& request,
                             std::span<const std::string_view> filter_fields,
                             std::span<const std::string_view> sort_keys) {
  ListQuery query;
  query.filter = TRY(ListFilter::parse(query_text(request, "filter"), filter_fields));
  query.sort = sort_keys.front();
  if (const std::string* sort = request.query_value("sort")) {
    query.is_descending = sort->starts_with('-');
    query.sort = sort->substr(query.is_descending ? 1 : 0);
  }
  if (std::ranges::find(sort_keys, query.sort) == sort_keys.end()) {
    const std::vector<std::string> known(sort_keys.begin(), sort_keys.end());
    return Error{Errc::invalid_argument, "sort must be one of " + join(known, ", "), "", "sort"};
  }
  query.page = TRY(query_page(request));
  if (const std::string* snapshot = request.query_value("snapshot")) {
    query.snapshot = parse_number<std::uint64_t>(*snapshot);
    if (!query.snapshot) {
      return Error{Errc::invalid_argument, "snapshot must be what an earlier page said", "",
                   "snapshot"};
    }
  }
  return query;
}

Plane::View list_snapshot(SnapshotHistory& history, const Plane& plane, const ListQuery& query) {
  if (query.snapshot) return history.find(*query.snapshot);
  Plane::View newest = plane.snapshot();
  history.keep(newest);
  return newest;
}

net::Response snapshot_gone() {
  return failure(410, "snapshot is too old: begin again with the first page");
}

}  // namespace gthulhu::rest
