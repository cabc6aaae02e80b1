// SPDX-License-Identifier: Apache-2.0
#include "wire/preview_json.h"

#include <utility>

#include "wire/fields.h"

namespace gthulhu::wire {

namespace {

Value encode_wish(const Preview::Wish& wish) {
  if (!wish.is_any) return nullptr;
  return Value::Object{{"priority", wish.priority.value()},
                       {"executionTime", wish.slice.length().count()}};
}

Value encode_sample(const Preview::Sample& sample) {
  return Value::Object{{"pod", sample.pod},
                       {"podUid", sample.uid.str()},
                       {"namespace", sample.name_space.str()},
                       {"node", sample.node.str()},
                       {"before", encode_wish(sample.before)},
                       {"after", encode_wish(sample.after)}};
}

Value encode_conflict(const Preview::Conflict& conflict) {
  return Value::Object{{"with", conflict.with.str()},
                       {"name", conflict.name},
                       {"winner", conflict.wins ? "this" : "other"},
                       {"rule", name(conflict.rule)},
                       {"pods", std::uint64_t{conflict.pods}}};
}

Value encode_warning(const Preview::Warning& warning) {
  return Value::Object{{"code", warning.code}, {"field", warning.field}, {"text", warning.text}};
}

}  // namespace

Value encode_preview(const Preview& preview, std::uint64_t generation) {
  // Threads are counted on the nodes, for intents that are there already.
  return Value::Object{{"matched", Value::Object{{"pods", std::uint64_t{preview.matched_pods}},
                                                 {"threads", 0},
                                                 {"threadsKnown", false},
                                                 {"nodes", std::uint64_t{preview.nodes}}}},
                       {"changes", Value::Object{{"added", std::uint64_t{preview.added}},
                                                 {"removed", std::uint64_t{preview.removed}},
                                                 {"changed", std::uint64_t{preview.changed}}}},
                       {"sample", encode_each(preview.sample, encode_sample)},
                       {"conflicts", encode_each(preview.conflicts, encode_conflict)},
                       {"warnings", encode_each(preview.warnings, encode_warning)},
                       {"generation", generation}};
}

}  // namespace gthulhu::wire
