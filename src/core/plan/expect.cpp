// SPDX-License-Identifier: Apache-2.0
#include "core/plan/expect.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gthulhu {

namespace {

// TASK_COMM_LEN without the 0 at the end, include/linux/sched.h.
constexpr std::size_t comm_most = 15;

bool is_of_name(char letter) {
  constexpr std::string_view signs = "-_./:";
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || signs.find(letter) != std::string_view::npos;
}

// Whether a pattern decides by the process's name alone.
bool is_by_name(const Intent& intent) {
  return intent.container.empty() &&
         (intent.command.matches_everything() || intent.command.match() == CommandMatch::comm);
}

std::optional<std::size_t> winner_by_name(const std::vector<Intent>& intents,
                                          const IntentIndices& of_pod,
                                          const std::string& comm) {
  const auto found = std::find_if(of_pod.rbegin(), of_pod.rend(), [&](std::size_t index) {
    return intents[index].command.matches(comm);
  });
  return found == of_pod.rend() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::vector<std::string> names_in(const CommandPattern& pattern) {
  std::vector<std::string> names;
  std::string_view rest = pattern.text();
  const auto strip = [](std::string_view& text, std::string_view begin, std::string_view end) {
    if (text.starts_with(begin)) text.remove_prefix(begin.size());
    if (text.ends_with(end)) text.remove_suffix(end.size());
  };
  strip(rest, "^", "$");
  strip(rest, "(?:", ")");
  strip(rest, "(", ")");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    strip(name, "^", "$");
    // A guess, so the pattern is asked.
    if (name.empty() || name.size() > comm_most || !std::ranges::all_of(name, is_of_name) ||
        !pattern.matches(name)) {
      continue;
    }
    names.emplace_back(name);
  }
  return names;
}

void Expectations::intents_are(const std::vector<Intent>& intents, const IntentsOfPods& of_pods) {
  std::map<std::string, Names, std::less<>> names;
  for (const auto& [pod, of_pod] : of_pods) {
    for (const std::size_t index : of_pod) {
      const CommandPattern& pattern = intents[index].command;
      if (pattern.matches_everything() || pattern.match() != CommandMatch::comm) continue;
      const auto [of_pattern, is_new] = names.try_emplace(pattern.text());
      if (!is_new) continue;
      if (const auto known = names_.find(pattern.text()); known != names_.end()) {
        of_pattern->second = std::move(known->second);
      } else {
        for (std::string& name : names_in(pattern)) of_pattern->second.insert(std::move(name));
      }
    }
  }
  names_ = std::move(names);
  make_pods(intents, of_pods);
}

void Expectations::saw(const CommandPattern& pattern, const std::string& comm) {
  if (pattern.matches_everything() || pattern.match() != CommandMatch::comm) return;
  const auto known = names_.find(pattern.text());
  if (known == names_.end() || known->second.size() >= names_most) return;
  if (known->second.insert(comm).second) has_learned_ = true;
}

void Expectations::update(const std::vector<Intent>& intents, const IntentsOfPods& of_pods) {
  if (has_learned_) make_pods(intents, of_pods);
}

void Expectations::make_pods(const std::vector<Intent>& intents, const IntentsOfPods& of_pods) {
  has_learned_ = false;
  ExpectedPods pods;
  for (const auto& [pod, of_pod] : of_pods) {
    ExpectedPod made = expected(pod, intents, of_pod);
    const bool is_neutral = made.priority.is_neutral() && made.slice == Slice();
    if (!is_neutral || !made.names.empty()) pods.emplace_back(std::move(made));
  }
  std::ranges::sort(pods, {}, [](const Shared<ExpectedPod>& pod) -> auto& { return pod->pod; });
  // What is as it was stays the same.
  auto before = pods_.begin();
  for (Shared<ExpectedPod>& pod : pods) {
    while (before != pods_.end() && (*before)->pod < pod->pod) ++before;
    if (before != pods_.end() && **before == *pod) pod = *before;
  }
  pods_ = std::move(pods);
}

ExpectedPod Expectations::expected(const PodUid& pod,
                                   const std::vector<Intent>& intents,
                                   const IntentIndices& of_pod) const {
  ExpectedPod made{pod, {}, {}, {}};
  if (const auto index = intent_for_whole_pod(intents, of_pod)) {
    made.priority = intents[*index].priority;
    made.slice = intents[*index].slice;
  }
  const bool is_known_by_name =
      std::ranges::all_of(of_pod, [&](std::size_t index) { return is_by_name(intents[index]); });
  if (!is_known_by_name) return made;
  Names names;
  for (const std::size_t index : of_pod) {
    const auto known = names_.find(intents[index].command.text());
    if (known != names_.end()) names.insert(known->second.begin(), known->second.end());
  }
  for (const std::string& name : names) {
    const auto index = winner_by_name(intents, of_pod, name);
    if (!index) continue;
    const Intent& intent = intents[*index];
    if (intent.priority == made.priority && intent.slice == made.slice) continue;
    made.names.push_back({name, intent.priority, intent.slice});
  }
  return made;
}

}  // namespace gthulhu
