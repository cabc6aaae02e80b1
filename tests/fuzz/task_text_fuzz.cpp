// SPDX-License-Identifier: Apache-2.0
//
// What the kernel says of tasks and of quotas, against what core/match/task_text.h and cpu_stat.h
// promise.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "base/check.h"
#include "core/match/cpu_stat.h"
#include "core/match/task_text.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

namespace {

using Take = bool (*)(std::string_view, TaskUsage&);

// What tells that a task is ending: its state, or a flag.
struct End {
  char state = 'S';
  std::uint64_t flags = 0;
};

End end_of(const TaskStat& stat) {
  return stat.is_ending ? End{.state = 'Z'} : End{};
}

std::string stat_line(pid_t pid, const TaskStat& stat, const End& end, int fields) {
  std::string line = std::to_string(pid) + " (" + stat.comm + ") " + end.state;
  line += ' ' + std::to_string(stat.parent);
  for (int field = 5; field < 9; ++field) line += ' ' + std::to_string(field - 9);
  line += ' ' + std::to_string(end.flags);
  for (int field = 10; field < 22; ++field) line += ' ' + std::to_string(field);
  line += ' ' + std::to_string(stat.start_ticks);
  for (int field = 23; field <= fields; ++field) line += ' ' + std::to_string(field);
  return line + '\n';
}

// One number, after two takes of one text with different numbers before: either the text has it, or
// it stayed as it was.
bool is_taken(std::uint64_t after_one, std::uint64_t after_other) {
  constexpr std::uint64_t one = 1;
  constexpr std::uint64_t other = 2;
  const bool stayed = after_one == one && after_other == other;
  CHECK(stayed || after_one == after_other);
  return !stayed;
}

void check_take(Take take, std::string_view text) {
  TaskUsage one{1, 1, 1, 1, 1, 1};
  TaskUsage other{2, 2, 2, 2, 2, 2};
  const bool is_any = take(text, one);
  CHECK(take(text, other) == is_any);
  const std::vector<bool> taken = {is_taken(one.cpu_ns, other.cpu_ns),
                                   is_taken(one.wait_ns, other.wait_ns),
                                   is_taken(one.runs, other.runs),
                                   is_taken(one.voluntary_switches, other.voluntary_switches),
                                   is_taken(one.involuntary_switches, other.involuntary_switches),
                                   is_taken(one.migrations, other.migrations)};
  CHECK(is_any == (std::ranges::find(taken, true) != taken.end()));
}

std::string cpu_stat_text(const Throttling& counts) {
  return "usage_usec 1\nnr_periods " + std::to_string(counts.periods) + "\nnr_throttled " +
         std::to_string(counts.throttled_periods) + "\nthrottled_time " +
         std::to_string(counts.time.count()) + "\n";
}

void check_text(std::string_view text) {
  const auto stat = parse_stat(text);
  if (stat) CHECK(parse_stat(stat_line(1, *stat, end_of(*stat), 52)) == stat);
  const auto tgid = parse_tgid(text);
  if (tgid) CHECK(parse_tgid("Name:\tx\nTgid:\t" + std::to_string(*tgid) + "\n") == tgid);
  const Throttling throttling = parse_cpu_stat(text);
  CHECK(throttling.time.count() >= 0);
  CHECK(parse_cpu_stat(cpu_stat_text(throttling)) == throttling);
  for (const Take take : {take_schedstat, take_sched, take_status}) check_take(take, text);
}

// What the kernel writes of a task with any name is read back.
void check_made_up(std::string_view bytes) {
  FuzzedDataProvider data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const auto number = [&] { return data.ConsumeIntegral<std::uint64_t>(); };
  const auto pid = data.ConsumeIntegralInRange<pid_t>(0, std::numeric_limits<pid_t>::max());
  const TaskUsage usage{number(), number(), number(), number(), number(), number()};
  TaskStat stat;
  stat.parent = data.ConsumeIntegral<pid_t>();
  stat.start_ticks = number();
  const End end{data.PickValueInArray({'R', 'S', 'D', 'Z', 'X', 'I'}), number()};
  constexpr std::uint64_t exiting = 4;  // PF_EXITING
  stat.is_ending = end.state == 'Z' || end.state == 'X' || (end.flags & exiting) != 0;
  const int fields = data.ConsumeIntegralInRange(22, 60);
  stat.comm = data.ConsumeRemainingBytesAsString();
  CHECK(parse_stat(stat_line(pid, stat, end, fields)) == stat);

  const auto text = [](std::uint64_t value) { return std::to_string(value); };
  TaskUsage read;
  CHECK(take_schedstat(
      text(usage.cpu_ns) + ' ' + text(usage.wait_ns) + ' ' + text(usage.runs) + '\n', read));
  CHECK(take_status("Name:\tx\nTgid:\t7\nvoluntary_ctxt_switches:\t" +
                        text(usage.voluntary_switches) + "\nnonvoluntary_ctxt_switches:\t" +
                        text(usage.involuntary_switches) + "\n",
                    read));
  CHECK(take_sched(
      "x (7, #threads: 1)\n-----\nse.nr_migrations      :   " + text(usage.migrations) + "\n",
      read));
  CHECK(read == usage);
}

}  // namespace

void try_input(std::string_view input) {
  check_text(input);
  check_made_up(input);
}

}  // namespace gthulhu::fuzz
