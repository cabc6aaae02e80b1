// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/intent_file.h"

#include "adapters/system/files.h"
#include "core/sync/node_set.h"
#include "wire/agent_json.h"

namespace gthulhu {

namespace {

constexpr std::size_t file_bytes_max = 256UL * 1024 * 1024;
// What a node may be told to hold can be read again: a byte has at most six in JSON ("\u0001").
static_assert(file_bytes_max > 6 * node_intents_bytes_max);

Result<NodeIntents> decode(const std::string& text) {
  const wire::Value document = TRY(wire::parse_json(text));
  wire::ObjectReader reader = TRY(wire::ObjectReader::open(document));
  std::int64_t generation = 0;
  TRY(reader.read("generation", generation));
  return NodeIntents{static_cast<Generation>(generation), TRY(wire::decode_intents(document))};
}

}  // namespace

Result<NodeIntents> JsonIntentFile::load() {
  const Result<std::string> text = read_file(path_, file_bytes_max);
  if (!text) {
    if (text.error().code == Errc::not_found) return NodeIntents{};
    return text.error();
  }
  Result<NodeIntents> intents = decode(*text);
  if (!intents) {
    return Error{Errc::corrupt, "the node's intents cannot be read from " + path_,
                 intents.error().text()};
  }
  return intents;
}

Result<> JsonIntentFile::save(const NodeIntents& intents) {
  wire::Value::Array items;
  for (const Intent& intent : intents.intents) items.push_back(wire::encode_node_intent(intent));
  const std::string text = wire::to_text(
      wire::Value::Object{{"generation", intents.generation}, {"intents", std::move(items)}});
  if (text.size() > file_bytes_max) {
    return Error{Errc::too_large,
                 "the node's intents take " + std::to_string(text.size()) +
                     " bytes on the disk, and at most " + std::to_string(file_bytes_max) +
                     " would be read again",
                 ""};
  }
  return write_file(path_, text);
}

}  // namespace gthulhu
