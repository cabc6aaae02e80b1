// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/scheduler_program.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "adapters/bpf/bpf_programs.h"
#include "adapters/bpf/kernel_operations.h"
#include "adapters/bpf/loaded_quotas.h"
#include "adapters/bpf/mapped_variable.h"
#include "adapters/bpf/pod_number.h"
#include "base/owned.h"
#include "bpf/policy.h"

extern const char gthulhu_embedded_scheduler[];
extern const char gthulhu_embedded_scheduler_end[];

namespace gthulhu {

namespace {

// PIDFD_THREAD (include/uapi/linux/pidfd.h, since 6.9).
constexpr unsigned pidfd_of_thread = O_EXCL;

// SCX_EXIT_UNREG_BPF (kernel/sched/ext_internal.h).
constexpr int ended_by_program = 65;

// Of rules of one kind, should keys come twice.
constexpr std::size_t keys_most = std::size_t{4} * GTHULHU_NAMES_MOST;

using Cpus = std::array<gthulhu_cpu, GTHULHU_CPUS_MOST>;

gthulhu_policy policy_of(const SchedulerRule& rule) {
  gthulhu_policy policy{};
  policy.priority = static_cast<std::int8_t>(rule.priority.value());
  policy.slice_ns = static_cast<std::uint64_t>(rule.slice.length().count());
  policy.expires_ns = rule.expires ? static_cast<std::uint64_t>(rule.expires->count()) : 0;
  return policy;
}

gthulhu_cgroup_rule cgroup_rule_of(const std::optional<SchedulerRule>& rule) {
  gthulhu_cgroup_rule made{};
  if (!rule) return made;
  made.policy = policy_of(*rule);
  if (rule->names_of) made.names_of = pod_number(*rule->names_of).value_or(gthulhu_pod_uid{});
  return made;
}

gthulhu_name_key name_key(const gthulhu_pod_uid& pod, const std::string& comm) {
  gthulhu_name_key key{};
  key.pod = pod;
  // As the kernel has it: with a 0 at the end.
  std::memcpy(key.comm, comm.data(), std::min(comm.size(), sizeof key.comm - 1));
  return key;
}

// That the order of maps and sets can be had of.
using PodNumber = std::pair<std::uint64_t, std::uint64_t>;
using NameNumber = std::pair<PodNumber, std::string>;

PodNumber number_of(const gthulhu_pod_uid& pod) {
  return {pod.high, pod.low};
}

NameNumber number_of(const gthulhu_name_key& key) {
  return {number_of(key.pod), std::string(key.comm, sizeof key.comm)};
}

class LoadedScheduler : public SchedulerProgram {
 public:
  LoadedScheduler(BpfPrograms programs,
                  MappedVariable<gthulhu_shared> shared,
                  MappedVariable<Cpus> cpus,
                  MappedVariable<gthulhu_dump> dump,
                  std::shared_ptr<const SchedulerQuotas> quotas)
      : programs_(std::move(programs)),
        shared_(std::move(shared)),
        cpus_(std::move(cpus)),
        dump_(std::move(dump)),
        quotas_(std::move(quotas)) {}

  Result<> attach() override { return programs_.attach(); }
  void detach() override { programs_.detach(); }
  Result<> pin(const std::string& directory) override { return programs_.pin(directory); }

  [[nodiscard]] std::optional<SchedulerEnd> end() const override {
    const gthulhu_ended& ended = shared_->ended;
    SchedulerEnd end;
    end.kind = __atomic_load_n(&ended.kind, __ATOMIC_ACQUIRE);
    if (end.kind == 0) return std::nullopt;
    end.code = ended.code;
    end.reason = ended.reason;
    end.message = ended.message;
    end.dump = dump_->text;
    end.is_left_alone = end.kind == ended_by_program && end.code == GTHULHU_LEFT_ALONE;
    return end;
  }

  Result<> set(CgroupId cgroup, const std::optional<SchedulerRule>& rule) override {
    return set("cgroup_rules", static_cast<std::uint64_t>(cgroup), cgroup_rule_of(rule), !rule);
  }

  Result<> set(const PodUid& pod, const std::optional<SchedulerRule>& rule) override {
    const auto number = pod_number(pod);
    return number ? set("pod_rules", *number, cgroup_rule_of(rule), !rule) : Result<>();
  }

  Result<> set(const NameRuleKey& name, const std::optional<SchedulerRule>& rule) override {
    const auto number = pod_number(name.pod);
    if (!number) return {};
    return set("name_rules", name_key(*number, name.comm),
               policy_of(rule.value_or(SchedulerRule())), !rule);
  }

  Result<> set(const TaskRuleKey& task, const std::optional<SchedulerRule>& rule) override {
    if (task.is_thread && rule) shared_->has_thread_rules = 1;
    gthulhu_task_key key{};
    key.number = static_cast<std::uint32_t>(task.task.tid);
    key.is_thread = task.is_thread ? 1 : 0;
    gthulhu_task_rule wanted{};
    wanted.policy = policy_of(rule.value_or(SchedulerRule()));
    wanted.start_ticks = task.task.start_ticks;
    return set("task_rules", key, wanted, !rule);
  }

  Result<> keep_only(const std::set<RuleKey>& wanted) override {
    TRY(remove_keys<std::uint64_t>(
        "cgroup_rules", [&wanted](std::uint64_t id) { return !wanted.contains(CgroupId{id}); }));
    TRY(remove_keys<gthulhu_task_key>("task_rules", [this, &wanted](const gthulhu_task_key& key) {
      gthulhu_task_rule rule{};
      if (bpf_map_lookup_elem(programs_.map("task_rules"), &key, &rule) != 0) return false;
      return !wanted.contains(
          TaskRuleKey{{static_cast<pid_t>(key.number), rule.start_ticks}, key.is_thread != 0});
    }));
    std::set<PodNumber> pods;
    std::set<NameNumber> names;
    for (const RuleKey& key : wanted) {
      if (const auto* const pod = std::get_if<PodUid>(&key)) {
        if (const auto number = pod_number(*pod)) pods.insert(number_of(*number));
      } else if (const auto* const name = std::get_if<NameRuleKey>(&key)) {
        const auto number = pod_number(name->pod);
        if (number) names.insert(number_of(name_key(*number, name->comm)));
      }
    }
    TRY(remove_keys<gthulhu_pod_uid>("pod_rules", [&pods](const gthulhu_pod_uid& pod) {
      return !pods.contains(number_of(pod));
    }));
    return remove_keys<gthulhu_name_key>("name_rules", [&names](const gthulhu_name_key& key) {
      return !names.contains(number_of(key));
    });
  }

  void publish() override {
    // Never 0: that is the generation of tasks that have not looked yet.
    if (__atomic_add_fetch(&shared_->generation, 1, __ATOMIC_RELEASE) == 0) {
      __atomic_add_fetch(&shared_->generation, 1, __ATOMIC_RELEASE);
    }
  }

  void live_until(BootTime lease_ends, BootTime leave) override {
    const auto store = [](__u64& to, BootTime time) {
      __atomic_store_n(&to, static_cast<__u64>(time.count()), __ATOMIC_RELAXED);
    };
    store(shared_->settings.leave_ns, leave);
    store(shared_->settings.lease_ends_ns, lease_ends);
  }

  Result<std::optional<RuleInForce>> read(pid_t thread) override {
    const Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, thread, pidfd_of_thread)));
    const int number = fd.get();
    gthulhu_task found{};
    if (!fd.valid() || bpf_map_lookup_elem(programs_.map("tasks"), &number, &found) != 0) {
      if (errno == ESRCH || errno == ENOENT) return std::optional<RuleInForce>();
      return Error{Errc::unsupported, "what the scheduler goes by cannot be read",
                   std::strerror(errno)};
    }
    RuleInForce held;
    held.rule.priority = Priority::clamp(found.policy.priority);
    held.rule.slice = Slice::clamp(static_cast<std::int64_t>(found.policy.slice_ns));
    held.is_current = found.generation == __atomic_load_n(&shared_->generation, __ATOMIC_RELAXED);
    held.share = static_cast<double>(found.share) / GTHULHU_SHARE_ONE;
    return std::optional<RuleInForce>(held);
  }

  [[nodiscard]] std::size_t entries() const override {
    std::size_t count = 0;
    for (const char* const map : {"cgroup_rules", "group_numbers"}) {
      std::uint64_t id = 0;
      const void* after = nullptr;
      for (; bpf_map_get_next_key(programs_.map(map), after, &id) == 0; after = &id) ++count;
    }
    return count;
  }

  [[nodiscard]] SchedulerCounts counts() const override {
    std::array<std::uint64_t, GTHULHU_PATHS> sums{};
    for (std::uint32_t cpu = 0; cpu < shared_->cpu_count && cpu < cpus_->size(); ++cpu) {
      for (std::size_t path = 0; path < sums.size(); ++path) {
        sums.at(path) += __atomic_load_n(&cpus_->at(cpu).paths[path], __ATOMIC_RELAXED);
      }
    }
    return {
        .to_idle_cpu = sums[GTHULHU_TO_IDLE_CPU],
        .kernel_first = sums[GTHULHU_TO_KERNEL_FIRST],
        .preemptions = sums[GTHULHU_TO_PREEMPT],
        .boosted = sums[GTHULHU_TO_BOOSTED],
        .ordinary = sums[GTHULHU_TO_ORDINARY],
        .idle_class = sums[GTHULHU_TO_IDLE_CLASS],
        .kept = sums[GTHULHU_KEPT],
        .guard_turns = sums[GTHULHU_GUARD_TURNS],
        .pulled = sums[GTHULHU_PULLED],
        .resolved = sums[GTHULHU_RESOLVED],
        .without_state = sums[GTHULHU_WITHOUT_STATE],
        .timer_kicks = sums[GTHULHU_TIMER_KICKS],
        .held = sums[GTHULHU_HELD],
        .sent_back = sums[GTHULHU_SENT_BACK],
    };
  }

  [[nodiscard]] std::shared_ptr<const SchedulerQuotas> quotas() const override { return quotas_; }

  [[nodiscard]] SchedulerLoad load_now() const override {
    SchedulerLoad load;
    for (std::uint32_t cpu = 0; cpu < shared_->cpu_count && cpu < cpus_->size(); ++cpu) {
      const std::uint8_t kind = __atomic_load_n(&cpus_->at(cpu).run_kind, __ATOMIC_RELAXED);
      if (kind != GTHULHU_RUNS_NONE) ++load.running;
    }
    const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
    load.online_cpus = online > 0 ? static_cast<std::uint64_t>(online) : 0;
    gthulhu_waiting waiting{};
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.ctx_in = &waiting;
    options.ctx_size_in = sizeof waiting;
    if (bpf_prog_test_run_opts(programs_.program("gthulhu_count_waiting"), &options) != 0) {
      return load;
    }
    load.queued = waiting.queued;
    load.chosen = waiting.chosen;
    return load;
  }

 private:
  template <class Key, class Value>
  Result<> set(const char* map, const Key& key, const Value& value, bool is_to_go) {
    int error = 0;
    if (is_to_go) {
      error = bpf_map_delete_elem(programs_.map(map), &key);
      if (error == -ENOENT) error = 0;
    } else {
      error = bpf_map_update_elem(programs_.map(map), &key, &value, BPF_ANY);
    }
    if (error == 0) return {};
    return Error{Errc::unavailable, "the scheduler does not take a rule", std::strerror(-error)};
  }

  // All keys are known before any goes: the next of one that is gone would be the first of all.
  // Where the kernel takes one away meanwhile it begins anew, so there is a bound.
  template <class Key, class IsUnwanted>
  Result<> remove_keys(const char* map, const IsUnwanted& is_unwanted) {
    const int number = programs_.map(map);
    std::vector<Key> keys;
    Key key{};
    const void* after = nullptr;
    while (bpf_map_get_next_key(number, after, &key) == 0) {
      if (keys.size() >= keys_most) {
        return Error{Errc::unavailable, "the scheduler's rules cannot be listed",
                     std::string(map) + " changes all the time"};
      }
      keys.push_back(key);
      after = &keys.back();
    }
    if (errno != ENOENT) {
      return Error{Errc::unavailable, "the scheduler's rules cannot be listed",
                   std::strerror(errno)};
    }
    for (const Key& found : keys) {
      if (!is_unwanted(found) || bpf_map_delete_elem(number, &found) == 0 || errno == ENOENT) {
        continue;
      }
      return Error{Errc::unavailable, "a rule of the scheduler stays", std::strerror(errno)};
    }
    return {};
  }

  BpfPrograms programs_;
  MappedVariable<gthulhu_shared> shared_;
  MappedVariable<Cpus> cpus_;
  MappedVariable<gthulhu_dump> dump_;
  std::shared_ptr<const SchedulerQuotas> quotas_;
};

Result<std::unique_ptr<SchedulerProgram>> mapped(BpfPrograms programs) {
  auto shared = TRY(MappedVariable<gthulhu_shared>::of(programs.map(".data.shared")));
  auto cpus = TRY(MappedVariable<Cpus>::of(programs.map(".data.cpus")));
  auto dump = TRY(MappedVariable<gthulhu_dump>::of(programs.map(".data.dump")));
  auto quotas = TRY(quotas_of(programs));
  return std::make_unique<LoadedScheduler>(std::move(programs), std::move(shared), std::move(cpus),
                                           std::move(dump), std::move(quotas));
}

}  // namespace

Result<std::unique_ptr<SchedulerProgram>> SchedulerProgram::load(CgroupVersion cpu_hierarchy) {
  BpfPrograms programs = TRY(BpfPrograms::load(
      "gthulhu",
      {gthulhu_embedded_scheduler,
       static_cast<std::size_t>(gthulhu_embedded_scheduler_end - gthulhu_embedded_scheduler)},
      cpu_hierarchy, leave_out_unknown_operations));
  return mapped(std::move(programs));
}

Result<std::unique_ptr<SchedulerProgram>> SchedulerProgram::open_pins(
    const std::string& directory) {
  BpfPrograms programs = TRY(BpfPrograms::open_pins(directory));
  for (const char* const map : {"cgroup_rules", "pod_rules", "name_rules", "task_rules", "tasks"}) {
    if (programs.map(map) < 0) {
      return bpf_unusable(directory + " has not the map " + map, 0);
    }
  }
  return mapped(std::move(programs));
}

}  // namespace gthulhu
