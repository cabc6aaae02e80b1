// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/hog_ground.h"

#include <utility>

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto settling = 700ms;

}  // namespace

HogGround::HogGround(Bench& bench) : ground_(bench.arm) {
  auto opened = WakeWaits::open();
  if (!opened) fail(opened.error().text());
  waits_ = std::move(*opened);
}

void HogGround::add(HogRule rule, std::optional<int> cpu) {
  Pod& pod = ground_.add_pod();
  Tally& steps = shared<Tally>();
  pod.start([cpu, &steps] {
    if (cpu) stay_on_cpu(*cpu);
    be_hog(steps);
  });
  waits_->watch(pod.id(), static_cast<std::uint32_t>(pods_.size()));
  pods_.push_back(&pod);
  rules_.push_back(rule);
  steps_.push_back(&steps);
}

HogGround::Seen HogGround::watch(std::chrono::milliseconds duration) {
  ground_.begin();
  sleep_for(until_ruled);
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    if (rules_[i].is_none()) continue;
    pods_[i]->favour(Priority::clamp(rules_[i].priority), rules_[i].slice);
  }
  sleep_for(settling);
  const auto begin = std::chrono::steady_clock::now();
  const auto before = used();
  const std::uint64_t steps_before = steps();
  waits_->record();
  sleep_for(duration);
  Seen seen;
  seen.waits = waits_->stop(static_cast<std::uint32_t>(pods_.size()));
  seen.used = used();
  seen.steps = steps() - steps_before;
  seen.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (std::size_t i = 0; i < before.size(); ++i) seen.used[i] -= before[i];
  return seen;
}

std::uint64_t HogGround::steps() const {
  std::uint64_t sum = 0;
  for (const Tally* tally : steps_) sum += tally->done;
  return sum;
}

std::vector<std::chrono::microseconds> HogGround::used() const {
  std::vector<std::chrono::microseconds> result;
  for (const Pod* pod : pods_) result.push_back(pod->used());
  return result;
}

}  // namespace gthulhu::bench
