// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/control.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "tests/scale/plan_text.h"

namespace gthulhu::scale {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(Clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

Clock::duration lasting(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

Clock::time_point time_of(double seconds) {
  return Clock::time_point(lasting(seconds));
}

Clock::time_point after(double seconds) {
  return Clock::now() + lasting(seconds);
}

std::string object(std::initializer_list<std::pair<const char*, double>> members) {
  std::ostringstream text;
  text.precision(15);
  char separator = '{';
  for (const auto& [name, value] : members) {
    text << separator << '"' << name << "\":" << value;
    separator = ',';
  }
  text << '}';
  return text.str();
}

// The smallest that is not below this share of them.
double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto rank = std::ceil(share * static_cast<double>(values.size()));
  return values.at(static_cast<std::size_t>(std::max(rank, 1.0)) - 1);
}

double count(std::size_t number) {
  return static_cast<double>(number);
}

}  // namespace

net::Awaitable<std::string> Control::answer(std::string line) {
  std::istringstream rest(line);
  std::string word;
  rest >> word;
  double seconds = 0;
  if (word == "await_step") {
    rest >> seconds;
    std::string said = co_await await_step(seconds);
    co_return said;
  }
  if (word == "await_churn") {
    rest >> seconds;
    std::string said = co_await await_churn(seconds);
    co_return said;
  }
  if (word == "await_strategy") {
    std::string id;
    std::size_t nodes = 0;
    rest >> id >> nodes >> seconds;
    std::string said = co_await await_strategy(std::move(id), nodes, seconds);
    co_return said;
  }
  std::string said = answer_about_requests(word, rest);
  if (said.empty()) said = answer_at_once(word, rest);
  co_return said;
}

std::string Control::answer_at_once(const std::string& word, std::istringstream& rest) {
  if (word == "strategy") return put_strategy(rest);
  if (word == "figures") return figures();
  if (word == "forget") {
    std::string id;
    rest >> id;
    parts_.sets.erase(StrategyId(id));
  } else if (word == "expect") {
    parts_.fleet.expect(parts_.sets.digests());
  } else if (word == "spread") {
    std::string key;
    std::string value;
    rest >> key >> value;
    const auto [nodes, pods] = parts_.sets.spread(key, value, parts_.fleet.answering());
    return object({{"nodes", count(nodes)}, {"pods", count(pods)}});
  } else if (word == "churn") {
    std::size_t per_second = 0;
    double seconds = 0;
    rest >> per_second >> seconds;
    parts_.fleet.forget_event_times();
    const std::chrono::duration<double> lasts(seconds);
    parts_.tasks.spawn(
        parts_.churn.run(per_second, std::chrono::duration_cast<std::chrono::milliseconds>(lasts)));
  } else if (word == "stop") {
    parts_.churn.stop();
  } else if (word == "hang") {
    std::size_t nodes = 0;
    rest >> nodes;
    parts_.fleet.hang(nodes);
  } else {
    return R"({"error":"no such command"})";
  }
  return object({{"at", seconds_of(Clock::now())}});
}

std::string Control::answer_about_requests(const std::string& word, std::istringstream& rest) {
  if (word == "pods") return text_of_pods(parts_.cluster);
  if (word == "change") return text_of_change(parts_.cluster, parts_.churn.begin_request());
  if (word == "changed") return end_request(rest);
  if (word == "uid") {
    std::size_t pod = 0;
    std::string uid;
    rest >> pod >> uid;
    parts_.cluster.set_uid(pod, std::move(uid));
  } else if (word == "forget_events") {
    parts_.fleet.forget_event_times();
  } else {
    return {};
  }
  return object({{"at", seconds_of(Clock::now())}});
}

std::string Control::end_request(std::istringstream& rest) {
  std::string kind;
  std::size_t pod = 0;
  double sent = 0;
  double answered = 0;
  std::string uid;
  rest >> kind >> pod >> sent >> answered >> uid;
  const std::optional<Churn::Kind> known = change_kind(kind);
  if (!known || pod >= parts_.cluster.pods().size()) return R"({"error":"no such change"})";
  parts_.churn.end_request({*known, pod}, {time_of(sent), time_of(answered)}, std::move(uid));
  return object({{"at", seconds_of(Clock::now())}});
}

std::string Control::put_strategy(std::istringstream& rest) {
  std::string id;
  int rank = 0;
  std::int64_t priority = 0;
  std::int64_t slice = 0;
  ToldStrategy told;
  std::string regex;
  rest >> id >> rank >> priority >> slice >> told.key >> told.value >> regex;
  auto command = CommandPattern::parse(regex, "regex", CommandMatch::comm);
  auto wanted_priority = Priority::parse(priority, "priority");
  auto wanted_slice = Slice::parse(slice, "slice");
  if (!command || !wanted_priority || !wanted_slice) return R"({"error":"no such strategy"})";
  told.wanted.id = StrategyId(id);
  told.wanted.rank = rank;
  told.wanted.command = std::move(*command);
  told.wanted.priority = *wanted_priority;
  told.wanted.slice = *wanted_slice;
  parts_.sets.put(std::move(told));
  return object({{"at", seconds_of(Clock::now())}});
}

std::string Control::figures() const {
  const NodeTraffic& traffic = parts_.fleet.traffic();
  return object({{"nodes", count(parts_.fleet.answering())},
                 {"in_step", count(parts_.fleet.in_step())},
                 {"sets", count(traffic.sets)},
                 {"differences", count(traffic.differences)},
                 {"bytes", count(traffic.bytes)},
                 {"refused", count(traffic.refused)},
                 {"reports", count(traffic.reports)},
                 {"pod_lists", count(parts_.service.pod_lists())},
                 {"list_began", seconds_of(parts_.service.list_began())},
                 {"list_ended", seconds_of(parts_.service.list_ended())},
                 {"last_taken", seconds_of(parts_.fleet.last_taken())}});
}

net::Awaitable<std::string> Control::await_step(double seconds) {
  const auto until = after(seconds);
  while (parts_.fleet.in_step() < parts_.fleet.answering() && Clock::now() < until) {
    co_await parts_.fleet.wait_for_change(until);
  }
  co_return figures();
}

net::Awaitable<std::string> Control::await_strategy(std::string id,
                                                    std::size_t nodes,
                                                    double seconds) {
  const StrategyId strategy(std::move(id));
  const auto until = after(seconds);
  while (parts_.fleet.spread_of(strategy).nodes != nodes && Clock::now() < until) {
    co_await parts_.fleet.wait_for_change(until);
  }
  const Fleet::Spread spread = parts_.fleet.spread_of(strategy);
  co_return object({{"nodes", count(spread.nodes)},
                    {"came", seconds_of(spread.came)},
                    {"went", seconds_of(spread.went)}});
}

net::Awaitable<std::string> Control::await_churn(double seconds) {
  constexpr std::chrono::milliseconds look{50};
  const auto until = after(seconds);
  net::Wakeup timer(parts_.executor);
  while (parts_.churn.is_running() || parts_.fleet.event_times().open > 0) {
    if (Clock::now() >= until) break;
    co_await timer.wait_until(Clock::now() + look);
  }
  Fleet::EventTimes times = parts_.fleet.event_times();
  co_return object({{"events", count(times.events)},
                    {"open", count(times.open)},
                    {"p50_ms", percentile(times.milliseconds, 0.5)},
                    {"p99_ms", percentile(times.milliseconds, 0.99)},
                    {"max_ms", percentile(times.milliseconds, 1)},
                    {"answered_p50_ms", percentile(times.since_answers, 0.5)},
                    {"answered_p99_ms", percentile(times.since_answers, 0.99)}});
}

}  // namespace gthulhu::scale
