// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <string>
#include <utility>

#include "adapters/cfs/task_scheduling.h"
#include "adapters/cgroupfs/small_file.h"
#include "core/enforce/knobs.h"
#include "tests/bench/scheduler/arm.h"
#include "tests/bench/scheduler/sched_ext_arm.h"

namespace gthulhu::bench {

namespace {

constexpr std::uint64_t usual_weight = 100;

class StockArm : public Arm {
 public:
  Result<> favour(const std::string&, Priority, Slice) override { return {}; }
  [[nodiscard]] bool obeys() const override { return false; }
};

class WeightedArm : public Arm {
 public:
  Result<> favour(const std::string& cgroup, Priority priority, Slice) override {
    if (priority.is_idle()) return write_small_file(cgroup + "/cpu.idle", "1");
    const WeightTarget weight = weight_for(usual_weight, priority, CgroupVersion::v2);
    return write_small_file(cgroup + "/cpu.weight", std::to_string(weight.value));
  }
};

// The writes of CfsEnforcer without what it needs to find pods and to put everything back.
class CfsArm : public Arm {
 public:
  Result<> begin() override {
    scheduling_ = std::make_unique<TaskScheduling>(TRY(TaskScheduling::probe(calls_)));
    return {};
  }

  Result<> favour(const std::string& cgroup, Priority priority, Slice slice) override {
    TRY(weights_.favour(cgroup, priority, slice));
    std::ifstream threads(cgroup + "/cgroup.threads");
    for (pid_t tid = 0; threads >> tid;) {
      const Result<> done = favour_thread(tid, priority, slice);
      if (!done && done.error().code != Errc::not_found) return done;
    }
    return {};
  }

 private:
  Result<> favour_thread(pid_t tid, Priority priority, Slice slice) {
    const ReadValues own = TRY(scheduling_->get(tid));
    SchedValues wanted = own.values;
    wanted.nice = nice_for(0, priority).nice;
    if (policy_for(priority) == TaskPolicy::idle) wanted.policy = SCHED_IDLE;
    const auto length = slice_for(slice, priority).value_or(std::chrono::nanoseconds(0));
    wanted.slice_ns = static_cast<std::uint64_t>(length.count());
    return scheduling_->set(tid, own, wanted);
  }

  WeightedArm weights_;
  KernelSchedulingCalls calls_;
  std::unique_ptr<TaskScheduling> scheduling_;
};

}  // namespace

Result<std::unique_ptr<Arm>> make_arm(const std::string& name) {
  std::unique_ptr<Arm> arm;
  if (name == "stock") arm = std::make_unique<StockArm>();
  if (name == "weighted") arm = std::make_unique<WeightedArm>();
  if (name == "cfs") arm = std::make_unique<CfsArm>();
  if (name == "sched_ext") arm = make_sched_ext_arm();
  if (arm == nullptr) return Error{Errc::not_found, "there is no arm " + name, ""};
  return arm;
}

}  // namespace gthulhu::bench
