// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/bpf_run_queue_meter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/bpf/bpf_programs.h"
#include "bpf/run_counts_record.h"

extern const char gthulhu_embedded_run_queue_meter[];
extern const char gthulhu_embedded_run_queue_meter_end[];

namespace gthulhu {

namespace {

static_assert(RunQueueMeter::numbers_most == GTHULHU_PODS_MOST);
static_assert(DurationCounts::bucket_count == GTHULHU_DURATION_BUCKETS);
static_assert(DurationCounts::bound(0).count() == 1 << GTHULHU_FIRST_BUCKET_LOG2);

Error full(int number) {
  return Error{Errc::unavailable, "the kernel counts no more run queue waits",
               std::strerror(number)};
}

// The kernel takes the memory of such maps out of a stock of each CPU, which it fills up a little
// later: many at once may find it empty (kernel/bpf/memalloc.c).
Result<> put(int map, const void* key, const void* value) {
  for (int i = 0; i < 100; ++i) {
    if (bpf_map_update_elem(map, key, value, BPF_ANY) == 0) return {};
    if (errno != ENOMEM) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return full(errno);
}

void add(DurationCounts& counts,
         const __u64 (&buckets)[DurationCounts::bucket_count],
         std::uint64_t sum_ns) {
  for (std::size_t i = 0; i < DurationCounts::bucket_count; ++i) counts.counts.at(i) += buckets[i];
  counts.sum += std::chrono::nanoseconds(sum_ns);
}

// Before Linux 6.16 the map of tasks sets 128 entries aside for each CPU.
void make_room(bpf_object& programs) {
  const auto cpus = static_cast<std::uint32_t>(std::max(libbpf_num_possible_cpus(), 1));
  bpf_map* const tasks = bpf_object__find_map_by_name(&programs, "tasks");
  bpf_map__set_max_entries(tasks, std::max(bpf_map__max_entries(tasks), 512 * cpus));
}

class BpfRunQueueMeter : public RunQueueMeter {
 public:
  BpfRunQueueMeter(BpfPrograms programs, std::size_t cpus)
      : programs_(std::move(programs)),
        named_(programs_.map("named")),
        counts_(programs_.map("counts")),
        generations_(programs_.map(".data.generation")),
        per_cpu_(cpus) {}

  Result<> count_in(const Cgroups& cgroups) override {
    if (cgroups.size() > numbers_most) {
      return Error{Errc::too_large,
                   "waits of at most " + std::to_string(numbers_most) + " pods are counted", ""};
    }
    if (is_in_force_ && cgroups == counted_in_) return {};
    is_in_force_ = false;
    leave(cgroups);
    Result<> entered = enter(cgroups);
    // Where nothing is counted nobody pays for it.
    const bool counts =
        std::ranges::any_of(counted_in_, [](const auto& entry) { return !entry.second.empty(); });
    if (!counts) {
      programs_.detach();
    } else if (const Result<> attached = programs_.attach(); !attached && entered) {
      entered = attached;
    }
    // The kernel looks anew for what it has found already.
    ++generation_;
    const std::uint32_t first = 0;
    if (const Result<> told = put(generations_, &first, &generation_); !told && entered) {
      entered = told;
    }
    is_in_force_ = entered.has_value();
    return entered;
  }

  Result<RunCounts> counted(MeterNumber number) override {
    RunCounts counts;
    const auto key = static_cast<std::uint32_t>(number);
    if (bpf_map_lookup_elem(counts_, &key, per_cpu_.data()) != 0) {
      if (errno == ENOENT) return counts;
      return full(errno);
    }
    for (const gthulhu_run_counts& cpu : per_cpu_) {
      add(counts.waits, cpu.waits, cpu.wait_ns);
      add(counts.bursts, cpu.bursts, cpu.burst_ns);
      counts.throttled += cpu.throttled;
      counts.throttled_sum += std::chrono::nanoseconds(cpu.throttled_ns);
      counts.preempted += cpu.preempted;
    }
    return counts;
  }

 private:
  // First, for those that come may need the room.
  void leave(const Cgroups& wanted) {
    for (auto known = counted_in_.begin(); known != counted_in_.end();) {
      auto& [number, places] = *known;
      const auto now = wanted.find(number);
      std::erase_if(places, [&](CgroupId place) {
        if (now != wanted.end() && now->second.contains(place)) return false;
        bpf_map_delete_elem(named_, &place);
        return true;
      });
      if (now != wanted.end()) {
        ++known;
      } else {
        bpf_map_delete_elem(counts_, &number);
        known = counted_in_.erase(known);
      }
    }
  }

  Result<> enter(const Cgroups& wanted) {
    for (const auto& [number, places] : wanted) {
      const auto [known, is_new] = counted_in_.try_emplace(number);
      if (is_new) {
        std::ranges::fill(per_cpu_, gthulhu_run_counts{});
        if (Result<> made = put(counts_, &number, per_cpu_.data()); !made) {
          counted_in_.erase(known);
          return made;
        }
      }
      for (const CgroupId place : places) {
        if (known->second.contains(place)) continue;
        TRY(put(named_, &place, &number));
        known->second.insert(place);
      }
    }
    return {};
  }

  BpfPrograms programs_;
  int named_;
  int counts_;
  int generations_;
  std::uint32_t generation_ = 0;
  Cgroups counted_in_;        // as it is in the kernel
  bool is_in_force_ = false;  // the programs are attached where they should be, and know it
  std::vector<gthulhu_run_counts> per_cpu_;  // as the kernel hands them over
};

}  // namespace

Result<std::unique_ptr<RunQueueMeter>> open_bpf_run_queue_meter(CgroupVersion cpu_hierarchy) {
  const std::string_view object(gthulhu_embedded_run_queue_meter,
                                static_cast<std::size_t>(gthulhu_embedded_run_queue_meter_end -
                                                         gthulhu_embedded_run_queue_meter));
  auto programs = TRY(BpfPrograms::load("run_queue_meter", object, cpu_hierarchy, make_room));
  // To see whether that can be done.
  TRY(programs.attach());
  programs.detach();
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 1) return bpf_unusable("the number of CPUs cannot be told", -cpus);
  return std::make_unique<BpfRunQueueMeter>(std::move(programs), static_cast<std::size_t>(cpus));
}

}  // namespace gthulhu
