// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "adapters/bpf/bpf_run_queue_meter.h"
#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/throughput_work.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 200ms;
constexpr auto usual_duration = 3'000ms;  // of all turns together
constexpr int turns = 5;
constexpr MeterNumber number{1};

enum class Counts { nothing, another_pod, this_pod };

struct Way {
  Counts counts;
  std::string name;
  std::vector<double> work = {};
};

double rate_of(Bench& bench, RunQueueMeter& meter, const std::string& name, Counts counts) {
  Ground ground(bench.arm);
  Pod& pod = ground.add_pod();
  const Pod& another = ground.add_pod();
  RunQueueMeter::Cgroups counted;
  if (counts == Counts::another_pod) counted[number] = {another.id()};
  if (counts == Counts::this_pod) counted[number] = {pod.id()};
  // Before anybody is forked, who would hold on to what it attaches.
  if (const Result<> told = meter.count_in(counted); !told) fail(told.error().text());
  const Workers workers = start_work(pod, name, usable_cpus());
  const auto done = [&workers] {
    std::uint64_t sum = 0;
    for (const Tally* tally : workers.tallies) sum += tally->done;
    return sum;
  };
  ground.begin();
  sleep_for(warm_up);
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t before = done();
  sleep_for(bench.settings.duration_or(usual_duration) / turns);
  const auto added = static_cast<double>(done() - before);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return added / took.count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void tell_work(Bench& bench, RunQueueMeter& meter, const std::string& name) {
  std::array<Way, 3> ways{{{Counts::nothing, "without"},
                           {Counts::another_pod, "another"},
                           {Counts::this_pod, "counted"}}};
  for (int turn = 0; turn < turns; ++turn) {
    for (Way& way : ways) way.work.push_back(rate_of(bench, meter, name, way.counts));
  }
  const double without = median(ways.front().work);
  for (const Way& way : ways) {
    const double work = median(way.work);
    const std::string load = "meter." + name + "." + way.name;
    bench.figures.tell(load, "work", work, "/s");
    bench.figures.tell(load, "cost", (without / work - 1) * 100, "%");
  }
}

}  // namespace

void run_meter(Bench& bench) {
  auto meter = open_bpf_run_queue_meter(CgroupVersion::v2);
  if (!meter) fail(meter.error().text());
  for (const std::string& name : bench.settings.work) tell_work(bench, **meter, name);
}

}  // namespace gthulhu::bench
