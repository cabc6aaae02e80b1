// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/with_rules.h"
#include "tests/waits/wake_waits.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto usual_duration = 12'000ms;
constexpr auto until_favoured = 300ms;  // so that every thread is there
constexpr auto warm_up = 2'700ms;       // this included

constexpr std::uint32_t favoured_group = 0;
constexpr std::uint32_t hogs_group = 1;
constexpr std::uint32_t groups = 2;

struct Beside {
  int hogs_in_one_pod = 0;
  int pods_of_a_hog = 0;
  int pairs_in_storm = 0;
  int favoured_pods = 1;
};

Beside beside_named(const std::string& name) {
  if (name == "one_pod") return {.hogs_in_one_pod = 8};
  if (name == "pods") return {.pods_of_a_hog = 16};
  if (name == "storm") return {.pairs_in_storm = 12};
  if (name == "all") return {.hogs_in_one_pod = 8, .pods_of_a_hog = 16, .pairs_in_storm = 12};
  if (name == "pods64") return {.pods_of_a_hog = 64, .favoured_pods = 4};
  if (name == "nothing") return {};
  fail("there is no load " + name + " to be beside");
}

std::uint64_t context_switches() {
  std::ifstream file("/proc/stat");
  std::string name;
  while (file >> name) {
    std::uint64_t value = 0;
    if (name == "ctxt" && file >> value) return value;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  fail("cannot read /proc/stat");
}

class WakeRun {
 public:
  WakeRun(Bench& bench, const Beside& beside)
      : bench_(bench), ground_(bench.arm), waits_(take(WakeWaits::open())) {
    period_.work = {bench.millisecond.count * 3 / 10};
    for (int i = 0; i < beside.favoured_pods; ++i) add_favoured();
    if (beside.hogs_in_one_pod > 0) add_hogs(ground_.add_pod(), beside.hogs_in_one_pod);
    for (int i = 0; i < beside.pods_of_a_hog; ++i) add_hogs(ground_.add_pod(), 1);
    if (beside.pairs_in_storm > 0) add_storm(beside.pairs_in_storm);
  }

  void run(const std::string& load, bool with_rule) {
    const auto duration = std::max<std::chrono::milliseconds>(
        bench_.settings.duration_or(usual_duration), warm_up + 500ms);
    ground_.begin();
    sleep_for(until_favoured);
    if (with_rule) {
      for (Pod* pod : favoured_) pod->favour(Priority::clamp(bench_.settings.priority));
    }
    sleep_for(warm_up - until_favoured);
    const Counts before = counts();
    waits_->record();
    sleep_for(duration - warm_up);
    const std::vector<Waits> waits = waits_->stop(groups);
    const Counts after = counts();
    tell_favoured(load, waits[favoured_group], before, after);
    tell_others(load, waits[hogs_group], before, after);
  }

 private:
  struct Counts {
    std::chrono::steady_clock::time_point at;
    std::uint64_t met = 0;
    std::uint64_t periods = 0;
    std::uint64_t bytes = 0;
    std::uint64_t steps = 0;
    std::uint64_t switches = 0;
    std::chrono::microseconds favoured{0};
    std::chrono::microseconds hogs{0};
    std::chrono::microseconds storm{0};
  };

  static std::unique_ptr<WakeWaits> take(Result<std::unique_ptr<WakeWaits>> opened) {
    if (!opened) fail(opened.error().text());
    return std::move(*opened);
  }

  void add_favoured() {
    Pod& pod = ground_.add_pod();
    Tally& periods = shared<Tally>();
    pod.start([this, &periods] { be_periodic(period_, periods); });
    waits_->watch(pod.id(), favoured_group);
    favoured_.push_back(&pod);
    periods_.push_back(&periods);
  }

  void add_hogs(Pod& pod, int count) {
    for (int i = 0; i < count; ++i) {
      Tally& steps = shared<Tally>();
      pod.start([&steps] { be_hog(steps); });
      steps_.push_back(&steps);
    }
    waits_->watch(pod.id(), hogs_group);
    hogs_.push_back(&pod);
  }

  void add_storm(int pairs) {
    Pod& pod = ground_.add_pod();
    for (int i = 0; i < pairs; ++i) {
      const Pipes pipes;
      for (const bool begins : {true, false}) {
        Tally& bytes = shared<Tally>();
        pod.start([pipes, begins, &bytes] { pipes.pass(begins, bytes); });
        bytes_.push_back(&bytes);
      }
    }
    storm_.push_back(&pod);
  }

  static std::uint64_t sum(const std::vector<Tally*>& tallies,
                           std::atomic<std::uint64_t> Tally::* of) {
    std::uint64_t all = 0;
    for (const Tally* tally : tallies) all += tally->*of;
    return all;
  }

  [[nodiscard]] Counts counts() const {
    return {.at = std::chrono::steady_clock::now(),
            .met = sum(periods_, &Tally::done),
            .periods = sum(periods_, &Tally::all),
            .bytes = sum(bytes_, &Tally::done),
            .steps = sum(steps_, &Tally::done),
            .switches = context_switches(),
            .favoured = used_by(favoured_),
            .hogs = used_by(hogs_),
            .storm = used_by(storm_)};
  }

  void tell_favoured(const std::string& load,
                     const Waits& waits,
                     const Counts& before,
                     const Counts& after) {
    const auto us = [&](const char* figure, const std::vector<std::uint64_t>& of, double share) {
      bench_.figures.tell(load, figure, percentile(of, share) / 1e3, "us");
    };
    us("wait_p50", waits.woken, 0.5);
    us("wait_p90", waits.woken, 0.9);
    us("wait_p99", waits.woken, 0.99);
    us("wait_max", waits.woken, 1);
    tell(load, "wakeups", static_cast<double>(waits.woken.size()), "");
    us("interrupted_p99", waits.preempted, 0.99);
    us("interrupted_max", waits.preempted, 1);
    tell(load, "interruptions", static_cast<double>(waits.preempted.size()), "");
    // Those that a stuck thread has not counted yet are periods too.
    const double seconds = seconds_between(before, after);
    const double due = seconds / std::chrono::duration<double>(period_.length).count() *
                       period_.threads * static_cast<double>(favoured_.size());
    const auto counted = static_cast<double>(after.periods - before.periods);
    const auto met = static_cast<double>(after.met - before.met);
    tell(load, "periods", std::max(counted, due), "");
    tell(load, "periods_met", met, "");
    tell(load, "periods_met_share", met / std::max(counted, due) * 100, "%");
    tell(load, "favoured_cpu", per_second(before, after, &Counts::favoured), "CPUs");
  }

  void tell_others(const std::string& load,
                   const Waits& hogs,
                   const Counts& before,
                   const Counts& after) {
    const double seconds = seconds_between(before, after);
    if (!hogs_.empty()) {
      tell(load, "hogs_cpu", per_second(before, after, &Counts::hogs), "CPUs");
      tell(load, "hogs_steps", static_cast<double>(after.steps - before.steps) / seconds, "/s");
      tell(load, "hogs_wait_p99", percentile(hogs.preempted, 0.99) / 1e6, "ms");
      tell(load, "hogs_wait_max", percentile(hogs.preempted, 1) / 1e6, "ms");
    }
    if (!storm_.empty()) {
      tell(load, "storm_cpu", per_second(before, after, &Counts::storm), "CPUs");
      tell(load, "storm_bytes", static_cast<double>(after.bytes - before.bytes) / seconds, "/s");
    }
    tell(load, "switches", static_cast<double>(after.switches - before.switches) / seconds, "/s");
    tell(load, "seconds", seconds, "s");
  }

  void tell(const std::string& load, const char* figure, double value, const char* unit) {
    bench_.figures.tell(load, figure, value, unit);
  }

  static double seconds_between(const Counts& before, const Counts& after) {
    return std::chrono::duration<double>(after.at - before.at).count();
  }
  static double per_second(const Counts& before,
                           const Counts& after,
                           std::chrono::microseconds Counts::* of) {
    return std::chrono::duration<double>(after.*of - before.*of).count() /
           seconds_between(before, after);
  }

  Bench& bench_;
  Ground ground_;
  std::unique_ptr<WakeWaits> waits_;
  Period period_;
  std::vector<Pod*> favoured_;
  std::vector<Pod*> hogs_;
  std::vector<Pod*> storm_;
  std::vector<Tally*> periods_;
  std::vector<Tally*> steps_;
  std::vector<Tally*> bytes_;
};

}  // namespace

void run_wake(Bench& bench) {
  for (const std::string& name : bench.settings.beside) {
    without_and_with_rules(bench.arm, [&](bool with_rule) {
      const std::string load = "wake." + name + (with_rule ? ".rule" : ".none");
      WakeRun(bench, beside_named(name)).run(load, with_rule);
    });
  }
}

}  // namespace gthulhu::bench
