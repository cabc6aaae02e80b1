// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/loaded_quotas.h"

#include <bpf/bpf.h>
#include <fcntl.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "adapters/bpf/mapped_variable.h"
#include "base/owned.h"
#include "bpf/scheduler_record.h"

namespace gthulhu {

namespace {

using Limits = std::array<gthulhu_limit, GTHULHU_GROUPS_MOST>;

std::uint64_t load(const __u64& from) {
  return __atomic_load_n(&from, __ATOMIC_RELAXED);
}

// Nothing when the counts are another cgroup's, which may take the number at any time.
std::optional<Throttling> counts_of(const gthulhu_limit& limit, CgroupId cgroup) {
  const auto id = static_cast<std::uint64_t>(cgroup);
  if (__atomic_load_n(&limit.cgroup, __ATOMIC_ACQUIRE) != id) return std::nullopt;
  const Throttling counts{
      .periods = load(limit.periods),
      .throttled_periods = load(limit.throttled_periods),
      .time = std::chrono::nanoseconds(load(limit.throttled_ns)),
  };
  std::atomic_thread_fence(std::memory_order_acquire);
  if (load(limit.cgroup) != id) return std::nullopt;
  return counts;
}

class LoadedQuotas : public SchedulerQuotas {
 public:
  LoadedQuotas(Fd numbers, Fd limits) : numbers_(std::move(numbers)), limits_(std::move(limits)) {}

  [[nodiscard]] Result<std::map<CgroupId, Throttling>> counted(
      const std::set<CgroupId>& cgroups) const override {
    // For as long as this takes: they are 2 MiB, and asked for a few times a minute.
    const auto limits = TRY(MappedVariable<const Limits>::of(limits_.get()));
    std::map<CgroupId, Throttling> found;
    for (const CgroupId cgroup : cgroups) {
      std::uint32_t number = 0;
      if (bpf_map_lookup_elem(numbers_.get(), &cgroup, &number) != 0) continue;
      if (number >= limits->size()) continue;
      const auto counts = counts_of(limits->at(number), cgroup);
      if (counts && *counts != Throttling()) found.emplace(cgroup, *counts);
    }
    return found;
  }

 private:
  const Fd numbers_;  // of cgroups, by their ids
  const Fd limits_;   // by these numbers
};

Result<Fd> copy_of(int map) {
  Fd copy(::fcntl(map, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return bpf_unusable("the scheduler's limits cannot be read", errno);
  return copy;
}

}  // namespace

Result<std::shared_ptr<const SchedulerQuotas>> quotas_of(const BpfPrograms& programs) {
  Fd numbers = TRY(copy_of(programs.map("group_numbers")));
  Fd limits = TRY(copy_of(programs.map(".data.limits")));
  return std::make_shared<LoadedQuotas>(std::move(numbers), std::move(limits));
}

}  // namespace gthulhu
