// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/program_costs.h"
#include "tests/bench/scheduler/throughput_work.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 300ms;
constexpr auto usual_duration = 10'000ms;
constexpr int hog_pods = 4;
constexpr Period period{.work = {}, .threads = 2};

}  // namespace

void run_cost(Bench& bench) {
  Ground ground(bench.arm);
  Pod& favoured = ground.add_pod();
  Tally& periods = shared<Tally>();
  Period work = period;
  work.work = Rounds{bench.millisecond.count * 3 / 10};
  favoured.start([work, &periods] { be_periodic(work, periods); });
  for (int i = 0; i < hog_pods; ++i) {
    Tally& steps = shared<Tally>();
    ground.add_pod().start([&steps] { be_hog(steps); });
  }
  for (const char* const name : {"pipe", "fork"}) start_work(ground.add_pod(), name, usable_cpus());
  ground.begin();
  favoured.favour(Priority::clamp(bench.settings.priority));
  sleep_for(warm_up);

  const Fd counting = count_runs();
  const auto before = program_costs();
  const auto began = std::chrono::steady_clock::now();
  sleep_for(bench.settings.duration_or(usual_duration));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  for (const auto& [name, cost] : program_costs()) {
    const auto found = before.find(name);
    if (found == before.end()) continue;
    const auto runs = static_cast<double>(cost.runs - found->second.runs);
    const auto time = static_cast<double>((cost.time - found->second.time).count());
    const std::string load = "cost." + name;
    bench.figures.tell(load, "verified", static_cast<double>(cost.verified), "instructions");
    bench.figures.tell(load, "code", static_cast<double>(cost.bytes), "bytes");
    bench.figures.tell(load, "runs", runs / took.count(), "/s");
    if (runs > 0) bench.figures.tell(load, "time", time / runs, "ns");
  }
}

}  // namespace gthulhu::bench
