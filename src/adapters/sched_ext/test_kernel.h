// SPDX-License-Identifier: Apache-2.0
//
// A kernel with sched_ext that does what a test wants.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/bpf/scheduler_place.h"
#include "adapters/bpf/scheduler_program.h"
#include "adapters/sched_ext/probe.h"
#include "adapters/sched_ext/rules.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu::testing {

// The least BTF in which there is a function `name` with so many parameters
// (Documentation/bpf/btf.rst of Linux).
inline std::string btf_with(const std::string& name, std::uint32_t parameters) {
  constexpr std::uint32_t int_kind = 1U << 24, function_kind = 12U << 24,
                          prototype_kind = 13U << 24;
  const std::string strings = std::string("\0int\0", 5) + name + '\0';
  std::vector<std::uint32_t> types{1, int_kind,
                                   4, 32,  // 1: int
                                   0, prototype_kind | parameters,
                                   1};  // 2: returns 1
  for (std::uint32_t i = 0; i < parameters; ++i) types.insert(types.end(), {1U, 1U});
  types.insert(types.end(), {5U, function_kind, 2U});  // 3: a function of type 2
  const auto type_bytes = static_cast<std::uint32_t>(types.size() * sizeof types[0]);
  const std::vector<std::uint32_t> header{
      0x0001eb9f, 24, 0, type_bytes, type_bytes, static_cast<std::uint32_t>(strings.size())};
  const auto bytes = [](const std::vector<std::uint32_t>& words) {
    return std::string(reinterpret_cast<const char*>(words.data()), words.size() * sizeof words[0]);
  };
  return bytes(header) + bytes(types) + strings;
}

inline void write_file(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// With sched_ext, a sound BTF and nobody attached.
struct TestKernel {
  TempDirectory directory;
  KernelFiles files{directory.path() + "/sys", directory.path() + "/btf"};

  // Of the scheduler that was loaded last.
  std::map<RuleKey, SchedulerRule> rules;
  std::size_t rules_at_attach = 0;
  std::size_t published = 0;
  std::map<pid_t, RuleInForce> in_force;  // what there is to be read of threads
  bool is_readable = true;
  std::optional<SchedulerEnd> end;
  std::string dump;  // of an end
  SchedulerCounts counts;
  SchedulerLoad waiting;
  std::map<CgroupId, Throttling> throttled;  // by the scheduler, whichever
  bool is_attached = false;
  BootTime boot_time = std::chrono::hours(1);
  BootTime lease_ends{};
  BootTime leave{};
  // What an earlier process has left in the place, and what is wrong with that.
  SchedulerPlace::Left left = SchedulerPlace::Left::nothing;
  std::optional<Error> claim_error;
  std::optional<Error> pin_error;

  std::size_t loads = 0;
  std::size_t sets = 0;
  std::optional<Error> load_error;
  std::optional<Error> attach_error;
  std::set<RuleKey> refused;

  TestKernel() {
    show("disabled");
    write_file(files.btf, btf_with("scx_bpf_create_dsq", 2));
  }

  void show(const std::string& state, const std::string& name = "") const {
    write_file(files.sysfs + "/kernel/sched_ext/state", state + "\n");
    write_file(files.sysfs + "/kernel/sched_ext/root/ops", name + "\n");
  }
  void throw_out(int kind, std::string reason, std::string message = "", std::int64_t code = 0) {
    end = SchedulerEnd{kind, code, std::move(reason), std::move(message), dump};
    is_attached = false;
    show("disabled");
  }
  Result<std::unique_ptr<SchedulerProgram>> load();
  std::unique_ptr<SchedulerPlace> place();
};

class TestQuotas : public SchedulerQuotas {
 public:
  explicit TestQuotas(const TestKernel& kernel) : kernel_(kernel) {}

  [[nodiscard]] Result<std::map<CgroupId, Throttling>> counted(
      const std::set<CgroupId>& cgroups) const override {
    std::map<CgroupId, Throttling> found = kernel_.throttled;
    std::erase_if(found, [&](const auto& entry) { return !cgroups.contains(entry.first); });
    return found;
  }

 private:
  const TestKernel& kernel_;
};

class TestScheduler : public SchedulerProgram {
 public:
  explicit TestScheduler(TestKernel& kernel, bool is_attached = false)
      : kernel_(kernel), is_attached_(is_attached) {}
  ~TestScheduler() override {
    if (kernel_.left == SchedulerPlace::Left::nothing) detach();
  }
  TestScheduler(const TestScheduler&) = delete;
  TestScheduler& operator=(const TestScheduler&) = delete;

  Result<> attach() override {
    if (kernel_.attach_error) return *kernel_.attach_error;
    kernel_.is_attached = is_attached_ = true;
    kernel_.rules_at_attach = kernel_.rules.size();
    kernel_.show("enabled", "gthulhu");
    return {};
  }
  void detach() override {
    if (!std::exchange(is_attached_, false) || kernel_.end) return;
    kernel_.is_attached = false;
    kernel_.show("disabled");
  }
  [[nodiscard]] std::optional<SchedulerEnd> end() const override { return kernel_.end; }
  Result<> pin(const std::string&) override { return {}; }
  Result<> keep_only(const std::set<RuleKey>& wanted) override {
    std::erase_if(kernel_.rules, [&](const auto& rule) { return !wanted.contains(rule.first); });
    return {};
  }
  Result<> set(CgroupId cgroup, const std::optional<SchedulerRule>& rule) override {
    return put(cgroup, rule);
  }
  Result<> set(const TaskRuleKey& task, const std::optional<SchedulerRule>& rule) override {
    return put(task, rule);
  }
  Result<> set(const PodUid& pod, const std::optional<SchedulerRule>& rule) override {
    return put(pod, rule);
  }
  Result<> set(const NameRuleKey& name, const std::optional<SchedulerRule>& rule) override {
    return put(name, rule);
  }
  void publish() override { ++kernel_.published; }
  void live_until(BootTime lease_ends, BootTime leave) override {
    kernel_.lease_ends = lease_ends;
    kernel_.leave = leave;
  }
  Result<std::optional<RuleInForce>> read(pid_t thread) override {
    if (!kernel_.is_readable) return Error{Errc::unsupported, "cannot be read", ""};
    const auto found = kernel_.in_force.find(thread);
    if (found == kernel_.in_force.end()) return std::optional<RuleInForce>();
    return std::optional(found->second);
  }
  [[nodiscard]] SchedulerCounts counts() const override { return kernel_.counts; }
  [[nodiscard]] std::shared_ptr<const SchedulerQuotas> quotas() const override;
  [[nodiscard]] SchedulerLoad load_now() const override { return kernel_.waiting; }
  [[nodiscard]] std::size_t entries() const override { return kernel_.rules.size(); }

 private:
  Result<> put(const RuleKey& key, const std::optional<SchedulerRule>& rule) {
    ++kernel_.sets;
    if (kernel_.refused.contains(key)) return Error{Errc::unavailable, "no room", ""};
    if (rule) {
      kernel_.rules.insert_or_assign(key, *rule);
    } else {
      kernel_.rules.erase(key);
    }
    return {};
  }

  TestKernel& kernel_;
  bool is_attached_;
};

class TestPlace : public SchedulerPlace {
 public:
  explicit TestPlace(TestKernel& kernel) : kernel_(kernel) {}

  Result<> claim() override {
    if (kernel_.claim_error) return *kernel_.claim_error;
    return {};
  }
  [[nodiscard]] Left left() const override { return kernel_.left; }
  Result<std::unique_ptr<SchedulerProgram>> adopt() override {
    return std::make_unique<TestScheduler>(kernel_, true);
  }
  Result<> pin(SchedulerProgram&) override {
    if (kernel_.pin_error) return *kernel_.pin_error;
    kernel_.left = Left::same;
    return {};
  }
  Result<> remove() override {
    if (std::exchange(kernel_.left, Left::nothing) == Left::nothing) return {};
    if (!std::exchange(kernel_.is_attached, false)) return {};
    kernel_.show("disabled");
    return {};
  }
  Result<std::unique_ptr<SchedulerProgram>> load() override { return kernel_.load(); }

 private:
  TestKernel& kernel_;
};

inline std::shared_ptr<const SchedulerQuotas> TestScheduler::quotas() const {
  return std::make_shared<TestQuotas>(kernel_);
}

inline Result<std::unique_ptr<SchedulerProgram>> TestKernel::load() {
  ++loads;
  if (load_error) return *load_error;
  rules.clear();
  end.reset();
  return std::make_unique<TestScheduler>(*this);
}

inline std::unique_ptr<SchedulerPlace> TestKernel::place() {
  return std::make_unique<TestPlace>(*this);
}

}  // namespace gthulhu::testing
