// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/throughput_work.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr int rules = 100;
constexpr int priority_of_rules = 5;
constexpr auto warm_up = 300ms;
constexpr auto usual_duration = 5'000ms;  // of all turns together
constexpr int turns = 5;

// Of each pod beside the work. It never reaches its limit, where it has one: what that costs others
// is that the scheduler has to keep account of it.
constexpr int limit_hundredths = 10;
constexpr Period period_beside{.length = 50ms, .work = {}, .threads = 1};
constexpr std::int64_t works_us = 50;  // in each period

std::uint64_t done_by(const Workers& workers) {
  std::uint64_t done = 0;
  for (const Tally* tally : workers.tallies) done += tally->done;
  return done;
}

struct Rate {
  double work = 0;  // a second
  double cpus = 0;
  double cpus_beside = 0;  // of the pods beside the work
};

std::vector<Pod*> add_pods_beside(Ground& ground, const Bench& bench) {
  std::vector<Pod*> pods;
  Period period = period_beside;
  period.work.count = bench.millisecond.count * works_us / 1'000;
  for (int i = 0; i < bench.settings.pods_beside(); ++i) {
    Tally& periods = shared<Tally>();
    pods.push_back(&ground.add_pod());
    if (i < bench.settings.limited_pods) pods.back()->limit(limit_hundredths);
    pods.back()->start([period, &periods] { be_periodic(period, periods); });
  }
  return pods;
}

Rate rate_of(Bench& bench, const std::string& name, bool with_rules, std::string_view& unit) {
  using Seconds = std::chrono::duration<double>;
  Ground ground(bench.arm);
  Pod& pod = ground.add_pod();
  const Workers workers = start_work(pod, name, usable_cpus());
  unit = workers.unit;
  for (int i = 0; with_rules && i < rules; ++i) {
    ground.add_pod().favour(Priority::clamp(priority_of_rules));
  }
  const std::vector<Pod*> beside = add_pods_beside(ground, bench);
  ground.begin();
  sleep_for(warm_up);
  const auto begin = std::chrono::steady_clock::now();
  const auto used_before = pod.used();
  const auto beside_before = used_by(beside);
  const std::uint64_t done_before = done_by(workers);
  sleep_for(bench.settings.duration_or(usual_duration) / turns);
  const auto done = static_cast<double>(done_by(workers) - done_before);
  const double used = Seconds(pod.used() - used_before).count();
  const double used_beside = Seconds(used_by(beside) - beside_before).count();
  const double seconds = Seconds(std::chrono::steady_clock::now() - begin).count();
  return {done / seconds, used / seconds, used_beside / seconds};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Without and with rules in turn in one boot wherever there are rules: from boot to boot, and from
// second to second where other guests run, more changes than these cost.
void tell_work(Bench& bench, const std::string& name) {
  struct Way {
    bool with_rules;
    std::vector<double> work = {};
    std::vector<double> cpus = {};
    std::vector<double> beside = {};
  };
  std::vector<Way> ways{{false}};
  if (bench.arm.obeys()) ways.push_back({true});
  std::string_view unit;
  for (int turn = 0; turn < turns; ++turn) {
    for (Way& way : ways) {
      const Rate rate = rate_of(bench, name, way.with_rules, unit);
      way.work.push_back(rate.work);
      way.cpus.push_back(rate.cpus);
      way.beside.push_back(rate.cpus_beside);
    }
  }
  for (const Way& way : ways) {
    const std::string load = "throughput." + name + (way.with_rules ? ".rule" : ".none");
    bench.figures.tell(load, "work", median(way.work), unit);
    bench.figures.tell(load, "cpu", median(way.cpus), "CPUs");
    if (bench.settings.pods_beside() > 0) {
      bench.figures.tell(load, "cpu_beside", median(way.beside), "CPUs");
    }
  }
}

}  // namespace

void run_throughput(Bench& bench) {
  for (const std::string& name : bench.settings.work) tell_work(bench, name);
}

}  // namespace gthulhu::bench
