// SPDX-License-Identifier: Apache-2.0
#include "wire/strategy_request.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "core/match/glob.h"
#include "core/plan/in_force.h"
#include "wire/fields.h"
#include "wire/strategy_fields.h"
#include "wire/strategy_json.h"
#include "wire/timestamp.h"

namespace gthulhu::wire {

namespace {

constexpr std::size_t list_max = 256;
constexpr std::size_t excluded_pods_max = 10'000;
constexpr std::size_t uid_length_max = 128;
constexpr std::size_t name_length_max = 128;
constexpr std::size_t description_length_max = 4'096;

Error invalid(std::string message) {
  return Error{Errc::invalid_argument, std::move(message), ""};
}

Result<> check_count(std::size_t count, std::size_t most, const std::string& field) {
  if (count <= most) return {};
  return invalid(field + " must have at most " + std::to_string(most) + " entries");
}

// Text for people: no control characters but, where lines are allowed, line ends and tabs.
Result<> check_text(std::string_view text,
                    std::size_t length_max,
                    bool may_have_lines,
                    const std::string& field) {
  if (count_characters(text) > length_max) {
    return invalid(field + " must have at most " + std::to_string(length_max) + " characters");
  }
  const auto is_legal = [&](char c) {
    const auto code = static_cast<unsigned char>(c);
    if (may_have_lines && (c == '\n' || c == '\t')) return true;
    return code >= 0x20 && code != 0x7f;
  };
  if (std::ranges::all_of(text, is_legal)) return {};
  return invalid(field + " must not have control characters");
}

// Only lower-case letters, digits and '-', as Kubernetes wants it (RFC 1123 label).
bool is_dns_label(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, is_legal) &&
         text.front() != '-' && text.back() != '-';
}

// A client that joined selectors by hand, as the Go system does, must not widen them.
Result<> read_simple(ObjectReader& reader,
                     UnknownFields unknown,
                     std::vector<LabelRequirement>& requirements) {
  return reader.read_each(
      "labelSelectors", [&](const Value& item, const std::string& path) -> Result<> {
        ObjectReader fields = TRY(ObjectReader::open(item, path));
        std::string key;
        std::string value;
        TRY(fields.read("key", key));
        TRY(fields.read("value", value));
        if (unknown == UnknownFields::refused) TRY(fields.refuse_unknown());
        TRY(check_label_key(key, fields.path_of("key")));
        if (!value.empty()) TRY(check_label_value(value, fields.path_of("value")));
        requirements.push_back(simple_requirement(std::move(key), std::move(value)));
        return {};
      });
}

Result<> read_expressions(ObjectReader& reader,
                          UnknownFields unknown,
                          std::vector<LabelRequirement>& requirements) {
  return reader.read_each(
      "labelExpressions", [&](const Value& item, const std::string& path) -> Result<> {
        ObjectReader fields = TRY(ObjectReader::open(item, path));
        LabelRequirement requirement;
        std::string word;
        TRY(fields.read("key", requirement.key));
        TRY(fields.read("operator", word));
        TRY(fields.read("values", requirement.values));
        if (unknown == UnknownFields::refused) TRY(fields.refuse_unknown());
        const auto op = label_operator(word);
        if (!op) {
          return invalid(fields.path_of("operator") +
                         " must be In, NotIn, Exists or DoesNotExist, not \"" + word + "\"");
        }
        requirement.op = *op;
        // Alone, so that the message names this item.
        requirements.push_back(
            TRY(LabelSelector::parse({std::move(requirement)}, path)).requirements().front());
        return {};
      });
}

Result<LabelSelector> read_selector(ObjectReader& reader, UnknownFields unknown) {
  std::vector<LabelRequirement> requirements;
  TRY(read_simple(reader, unknown, requirements));
  TRY(check_count(requirements.size(), selectors_max, "labelSelectors"));
  const std::size_t simple = requirements.size();
  TRY(read_expressions(reader, unknown, requirements));
  TRY(check_count(requirements.size() - simple, selectors_max, "labelExpressions"));
  return LabelSelector::parse(std::move(requirements));
}

// The one empty text of the Go clients means all namespaces.
Result<std::vector<Namespace>> read_namespaces(ObjectReader& reader, const std::string& field) {
  std::vector<std::string> names;
  TRY(reader.read(field, names));
  TRY(check_count(names.size(), list_max, field));
  std::vector<Namespace> namespaces;
  if (names.size() == 1 && names.front().empty()) return namespaces;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_dns_label(names[i])) {
      return invalid(field + "[" + std::to_string(i) +
                     "] must be a namespace's name (lower-case letters, digits and '-'), not \"" +
                     names[i] + "\"");
    }
    namespaces.emplace_back(std::move(names[i]));
  }
  return namespaces;
}

Result<> read_cgroup_paths(ObjectReader& reader, Strategy& strategy) {
  TRY(reader.read("cgroupPaths", strategy.cgroup_paths));
  TRY(check_count(strategy.cgroup_paths.size(), list_max, "cgroupPaths"));
  for (std::size_t i = 0; i < strategy.cgroup_paths.size(); ++i) {
    TRY(Glob::parse(strategy.cgroup_paths[i], "cgroupPaths[" + std::to_string(i) + "]"));
  }
  return {};
}

Result<> read_excluded_pods(ObjectReader& reader, Strategy& strategy) {
  std::vector<std::string> uids;
  TRY(reader.read("excludedPods", uids));
  TRY(check_count(uids.size(), excluded_pods_max, "excludedPods"));
  for (std::size_t i = 0; i < uids.size(); ++i) {
    if (uids[i].empty() || count_characters(uids[i]) > uid_length_max) {
      return invalid("excludedPods[" + std::to_string(i) + "] must be a pod's UID");
    }
    strategy.excluded_pods.emplace_back(std::move(uids[i]));
  }
  return {};
}

// What contract 1.7 has, and what its commandRegex is matched against.
Result<> read_seed_fields(ObjectReader& reader, UnknownFields unknown, Strategy& strategy) {
  std::string command;
  std::int64_t priority = 0;
  std::int64_t slice = 0;
  TRY(reader.read("strategyNamespace", strategy.strategy_namespace));
  TRY(check_text(strategy.strategy_namespace, name_length_max, false, "strategyNamespace"));
  strategy.selector = TRY(read_selector(reader, unknown));
  strategy.namespaces = TRY(read_namespaces(reader, "k8sNamespace"));
  TRY(reader.read("commandRegex", command));
  TRY(reader.read("priority", priority));
  TRY(reader.read("executionTime", slice));
  const CommandMatch match = TRY(read_command_match(reader));
  strategy.command = TRY(CommandPattern::parse(std::move(command), "commandRegex", match));
  strategy.priority = TRY(Priority::parse(priority));
  strategy.slice = TRY(Slice::parse(slice));
  return {};
}

Result<> read_own_fields(ObjectReader& reader, Strategy& strategy) {
  std::int64_t rank = 0;
  std::int64_t expires = 0;
  TRY(reader.read("rank", rank));
  TRY(read_cgroup_paths(reader, strategy));
  TRY(reader.read("name", strategy.name));
  TRY(check_text(strategy.name, name_length_max, false, "name"));
  TRY(reader.read("description", strategy.description));
  TRY(check_text(strategy.description, description_length_max, true, "description"));
  TRY(reader.read("enabled", strategy.enabled));
  strategy.excluded_namespaces = TRY(read_namespaces(reader, "excludedNamespaces"));
  TRY(reader.read("container", strategy.container));
  if (!strategy.container.empty() && !is_dns_label(strategy.container)) {
    return invalid("container must be a container's name (lower-case letters, digits and '-')");
  }
  TRY(reader.read("expiresAt", expires));
  if (expires < 0 || expires > time_ms_max) {
    return invalid("expiresAt must be milliseconds since 1970, or 0 for never");
  }
  if (expires != 0) strategy.expires = TimePoint{std::chrono::milliseconds{expires}};
  TRY(reader.read("includeProtected", strategy.includes_protected));
  TRY(reader.read("confirmAll", strategy.confirms_all));
  TRY(read_excluded_pods(reader, strategy));
  if (rank < -Strategy::rank_max || rank > Strategy::rank_max) {
    return invalid("rank must be between -1000000 and 1000000, not " + std::to_string(rank));
  }
  strategy.rank = static_cast<int>(rank);
  return {};
}

Result<Strategy> read_fields(ObjectReader& reader, UnknownFields unknown) {
  Strategy strategy;
  TRY(read_seed_fields(reader, unknown, strategy));
  TRY(read_own_fields(reader, strategy));
  if (unknown == UnknownFields::refused) TRY(reader.refuse_unknown());
  return strategy;
}

Result<Strategy> read_strategy(ObjectReader& reader, UnknownFields unknown) {
  Strategy strategy = TRY(read_fields(reader, unknown));
  if (selects_everything(strategy) && !strategy.confirms_all) {
    return invalid(
        "confirmAll must be true for a strategy that selects every pod: name labels, namespaces "
        "or cgroupPaths, or confirm");
  }
  return strategy;
}

// Object members match whatever their case, as in Go.
void set_member(Value::Object& members, const std::string& name, const Value& value) {
  std::erase_if(members,
                [&](const auto& member) { return to_lower(member.first) == to_lower(name); });
  if (!value.is_null()) members.emplace_back(name, value);
}

}  // namespace

Result<Strategy> decode_strategy(const Value& body, UnknownFields unknown) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  return read_strategy(reader, unknown);
}

Result<StrategyUpdate> decode_strategy_update(const Value& body, UnknownFields unknown) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  StrategyUpdate update;
  TRY(reader.read("strategyId", update.id));
  update.strategy = TRY(read_strategy(reader, unknown));
  return update;
}

Result<Strategy> merge_strategy(const Strategy& present,
                                const Value& patch,
                                UnknownFields unknown) {
  const auto* changes = patch.as<Value::Object>();
  if (changes == nullptr) return invalid("the body must be an object");
  const Value whole = encode_strategy_request(present);
  Value::Object members = *whole.as<Value::Object>();
  for (const auto& [name, value] : *changes) set_member(members, name, value);
  Strategy merged = TRY(decode_strategy(Value(std::move(members)), unknown));
  merged.clamped =
      present.clamped && merged.priority == present.priority && merged.slice == present.slice;
  return merged;
}

Result<PreviewRequest> decode_preview_request(const Value& body, UnknownFields unknown) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  PreviewRequest request;
  std::string base;
  std::int64_t revision = 0;
  TRY(reader.read("baseId", base));
  TRY(reader.read("baseRevision", revision));
  if (!base.empty()) {
    TRY(check_object_id(base, "baseId"));
    request.base = StrategyId(to_lower(base));
  }
  if (revision < 0) return invalid("baseRevision must not be negative");
  if (revision > 0) request.base_revision = revision;
  const Value* spec = body.find("spec");
  if (spec == nullptr || spec->is_null())
    return invalid("spec must be there: the fields of a strategy");
  TRY(ObjectReader::open(*spec, "spec"));                // for the message
  ObjectReader fields = TRY(ObjectReader::open(*spec));  // whose fields have their own names
  request.strategy = TRY(read_fields(fields, unknown));
  return request;
}

Value encode_strategy_request(const Strategy& strategy) {
  return Value::Object{{"strategyNamespace", strategy.strategy_namespace},
                       {"labelSelectors", encode_simple_selector(strategy.selector)},
                       {"k8sNamespace", encode_names(strategy.namespaces)},
                       {"commandRegex", strategy.command.text()},
                       {"priority", strategy.priority.value()},
                       {"executionTime", strategy.slice.length().count()},
                       {"rank", strategy.rank},
                       {"cgroupPaths", encode_texts(strategy.cgroup_paths)},
                       {"name", strategy.name},
                       {"description", strategy.description},
                       {"enabled", strategy.enabled},
                       {"labelExpressions", encode_expressions(strategy.selector)},
                       {"excludedNamespaces", encode_names(strategy.excluded_namespaces)},
                       {"container", strategy.container},
                       {"expiresAt", expiry_ms(strategy)},
                       {"includeProtected", strategy.includes_protected},
                       {"confirmAll", strategy.confirms_all},
                       {"excludedPods", encode_names(strategy.excluded_pods)},
                       {"commandMatch", name(strategy.command.match())}};
}

}  // namespace gthulhu::wire
