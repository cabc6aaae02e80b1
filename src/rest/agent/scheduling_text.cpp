// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/scheduling_text.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "wire/agent_json.h"

namespace gthulhu::rest {

namespace {

std::string_view opaque(std::string_view tag) {
  tag = trim(tag);
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

}  // namespace

std::shared_ptr<const SchedulingText::Made> SchedulingText::of(const NodeSnapshot& view) {
  // Whoever comes while a text is made waits for it instead of making another.
  const MutexLock lock(mutex_);
  if (made_ != nullptr && made_->decided == view.decided) return made_;
  Made made{view.decided, wire::scheduling_list(view.intents->intents, *view.decisions), {}};
  made.tag = "W/\"" + sha256(made.list).hex().substr(0, 32) + '"';
  made_ = std::make_shared<const Made>(std::move(made));
  return made_;
}

bool names_tag(std::string_view field, std::string_view tag) {
  if (field == tag) return true;  // what all but few clients send
  if (trim(field) == "*") return true;
  return std::ranges::any_of(split(field, ','),
                             [&](std::string_view named) { return opaque(named) == opaque(tag); });
}

}  // namespace gthulhu::rest
