// SPDX-License-Identifier: Apache-2.0
#include "tests/waits/wake_waits.h"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "adapters/bpf/bpf_programs.h"
#include "tests/waits/wake_waits_record.h"

extern const char gthulhu_embedded_wake_waits[];
extern const char gthulhu_embedded_wake_waits_end[];

namespace gthulhu {

namespace {

constexpr std::size_t steps_of_second = 1'000'000'000 / WAKE_WAITS_STEP_NS;
constexpr std::size_t samples_size = sizeof(wake_waits_sample) * WAKE_WAITS_SAMPLES_MOST;

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

class BpfWakeWaits : public WakeWaits {
 public:
  explicit BpfWakeWaits(BpfPrograms programs)
      : programs_(std::move(programs)), recording_(programs_.map(".data.recording")) {}
  BpfWakeWaits(const BpfWakeWaits&) = delete;
  BpfWakeWaits& operator=(const BpfWakeWaits&) = delete;
  ~BpfWakeWaits() override {
    if (samples_ != nullptr) ::munmap(const_cast<wake_waits_sample*>(samples_), samples_size);
  }

  Result<> open() {
    void* const mapped =
        ::mmap(nullptr, samples_size, PROT_READ, MAP_SHARED, programs_.map("samples"), 0);
    if (mapped == MAP_FAILED) return bpf_unusable("the samples cannot be mapped", errno);
    samples_ = static_cast<const wake_waits_sample*>(mapped);
    return programs_.attach();
  }

  void watch(CgroupId cgroup, std::uint32_t group) override {
    put(programs_.map("watched"), &cgroup, &group);
  }

  void record() override {
    began_ = now_ns();
    tell_recording(began_);
  }

  std::vector<Waits> stop(std::uint32_t groups) override {
    const std::uint64_t end = now_ns();
    tell_recording(0);
    std::vector<Waits> result(groups);
    add_samples(result);
    add_sums(result);
    add_steps(result, end);
    add_unfinished(result, end);
    for (Waits& waits : result) {
      for (auto* values : {&waits.woken, &waits.preempted, &waits.runs}) std::ranges::sort(*values);
    }
    return result;
  }

 private:
  static void put(int map, const void* key, const void* value) {
    if (bpf_map_update_elem(map, key, value, BPF_ANY) != 0)
      throw std::runtime_error("a BPF map takes no more");
  }
  // Of an array.
  static std::uint64_t value_at(int map, std::uint32_t place) {
    std::uint64_t value = 0;
    bpf_map_lookup_elem(map, &place, &value);
    return value;
  }
  void tell_recording(std::uint64_t since) const {
    const std::uint32_t first = 0;
    put(recording_, &first, &since);
  }

  void add_samples(std::vector<Waits>& result) const {
    const std::uint64_t taken = value_at(programs_.map(".data.taken"), 0);
    if (taken > WAKE_WAITS_SAMPLES_MOST)
      throw std::runtime_error("there were more samples than there is room for");
    for (std::uint64_t i = 0; i < taken; ++i) {
      const wake_waits_sample& sample = samples_[i];
      if (sample.group >= result.size()) continue;
      Waits& waits = result[sample.group];
      if (sample.kind == WAKE_WAITS_WOKEN) waits.woken.push_back(sample.ns);
      if (sample.kind == WAKE_WAITS_PREEMPTED) waits.preempted.push_back(sample.ns);
      if (sample.kind == WAKE_WAITS_CUT_RUN) waits.runs.push_back(sample.ns);
    }
  }

  void add_sums(std::vector<Waits>& result) const {
    const int ran = programs_.map("ran");
    for (std::uint32_t group = 0; group < result.size(); ++group) {
      for (std::uint32_t cpu = 0; cpu < WAKE_WAITS_CPUS_MOST; ++cpu) {
        result[group].ran.push_back(value_at(ran, group * WAKE_WAITS_CPUS_MOST + cpu));
      }
    }
  }

  // Those that are over.
  void add_steps(std::vector<Waits>& result, std::uint64_t end) const {
    const int ran = programs_.map("ran_in_steps");
    const std::uint64_t steps =
        std::min<std::uint64_t>((end - began_) / WAKE_WAITS_STEP_NS, WAKE_WAITS_STEPS_MOST);
    for (std::uint32_t group = 0; group < result.size(); ++group) {
      for (std::uint32_t step = 0; step < steps; ++step) {
        result[group].ran_in_steps.push_back(value_at(ran, group * WAKE_WAITS_STEPS_MOST + step));
      }
    }
  }

  void add_unfinished(std::vector<Waits>& result, std::uint64_t end) const {
    const int tasks = programs_.map("tasks");
    std::int32_t tid = 0;
    for (const std::int32_t* before = nullptr; bpf_map_get_next_key(tasks, before, &tid) == 0;
         before = &tid) {
      wake_waits_task task{};
      if (bpf_map_lookup_elem(tasks, &tid, &task) != 0) continue;
      if (task.group >= result.size() || task.since_ns >= end) continue;
      Waits& waits = result[task.group];
      const std::uint64_t since = end - task.since_ns;
      if (task.state == WAKE_WAITS_READY_WOKEN) waits.woken.push_back(since);
      if (task.state == WAKE_WAITS_READY_PREEMPTED) waits.preempted.push_back(since);
      if (task.state == WAKE_WAITS_RUNS && task.cpu < WAKE_WAITS_CPUS_MOST) {
        waits.ran[task.cpu] += end - std::max<std::uint64_t>(task.since_ns, began_);
      }
    }
  }

  BpfPrograms programs_;
  int recording_;
  std::uint64_t began_ = 0;
  const wake_waits_sample* samples_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<WakeWaits>> WakeWaits::open() {
  const std::string_view object(
      gthulhu_embedded_wake_waits,
      static_cast<std::size_t>(gthulhu_embedded_wake_waits_end - gthulhu_embedded_wake_waits));
  auto made = std::make_unique<BpfWakeWaits>(
      TRY(BpfPrograms::load("wake_waits", object, CgroupVersion::v2)));
  TRY(made->open());
  return std::unique_ptr<WakeWaits>(std::move(made));
}

std::chrono::nanoseconds most_in_a_second(const std::vector<std::uint64_t>& ran_in_steps) {
  std::uint64_t sum = 0, most = 0;
  for (std::size_t step = 0; step < ran_in_steps.size(); ++step) {
    sum += ran_in_steps[step];
    if (step >= steps_of_second) sum -= ran_in_steps[step - steps_of_second];
    most = std::max(most, sum);
  }
  return std::chrono::nanoseconds(most);
}

}  // namespace gthulhu
