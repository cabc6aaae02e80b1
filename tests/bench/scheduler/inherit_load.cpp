// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/with_rules.h"
#include "tests/waits/wake_waits.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr int children = 1'000;
constexpr int at_once = 4;
constexpr auto life = 5ms;
constexpr int hogs_beside = 4;
constexpr auto until_forks = 800ms;  // after that the rule is there
constexpr auto patience = 60s;

// One of these lives for 5 ms and works for one of them.
[[noreturn]] void live(Rounds millisecond) {
  const auto begin = std::chrono::steady_clock::now();
  burn(millisecond);
  const auto left = life - (std::chrono::steady_clock::now() - begin);
  if (left > 0ns) sleep_for(left);
  ::_exit(0);
}

// `all` counts those that were forked, `done` those that came to a good end.
void fork_children(Rounds millisecond, Tally& lives) {
  const auto wait_for_one = [&lives] {
    int status = 0;
    if (::wait(&status) > 0 && status == 0) lives.add();
  };
  sleep_for(until_forks);
  for (int i = 0; i < children; ++i) {
    const pid_t child = ::fork();
    if (child == 0) live(millisecond);
    if (child < 0) ::_exit(1);
    lives.all.fetch_add(1, std::memory_order_relaxed);
    if (i + 1 >= at_once) wait_for_one();
  }
  for (int i = 1; i < at_once; ++i) wait_for_one();
}

void tell_inherit(Bench& bench, bool with_rule) {
  auto waits = WakeWaits::open();
  if (!waits) fail(waits.error().text());
  Ground ground(bench.arm);
  Pod& pod = ground.add_pod();
  Tally& lives = shared<Tally>();
  pod.start([&] { fork_children(bench.millisecond, lives); });
  for (int i = 0; i < hogs_beside; ++i) {
    Tally& steps = shared<Tally>();
    ground.add_pod().start([&steps] { be_hog(steps); });
  }
  (*waits)->watch(pod.id(), 0);
  ground.begin();
  sleep_for(until_ruled);
  if (with_rule) pod.favour(Priority::clamp(bench.settings.priority));
  (*waits)->record();
  const auto begin = std::chrono::steady_clock::now();
  while (lives.done < children && std::chrono::steady_clock::now() - begin < patience) {
    sleep_for(20ms);
  }
  const auto took = std::chrono::steady_clock::now() - begin - (until_forks - until_ruled);
  const Waits seen = std::move((*waits)->stop(1).front());
  const std::string load = std::string("inherit.") + (with_rule ? "rule" : "none");
  bench.figures.tell(load, "forked", static_cast<double>(lives.all), "");
  bench.figures.tell(load, "ended_well", static_cast<double>(lives.done), "");
  bench.figures.tell(load, "seconds", std::chrono::duration<double>(took).count(), "s");
  bench.figures.tell(load, "wait_p50", percentile(seen.woken, 0.5) / 1e3, "us");
  bench.figures.tell(load, "wait_p99", percentile(seen.woken, 0.99) / 1e3, "us");
  bench.figures.tell(load, "interrupted_p99", percentile(seen.preempted, 0.99) / 1e3, "us");
  bench.figures.tell(load, "wakeups", static_cast<double>(seen.woken.size()), "");
}

}  // namespace

void run_inherit(Bench& bench) {
  without_and_with_rules(bench.arm, [&](bool with_rule) { tell_inherit(bench, with_rule); });
}

}  // namespace gthulhu::bench
