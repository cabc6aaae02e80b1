// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/sched_ext_arm.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "adapters/bpf/scheduler_program.h"

namespace gthulhu::bench {

namespace {

Result<CgroupId> id_of(const std::string& cgroup) {
  struct stat found{};
  if (::stat(cgroup.c_str(), &found) != 0) {
    return Error{Errc::not_found, "no cgroup " + cgroup, std::strerror(errno)};
  }
  return CgroupId{found.st_ino};
}

class SchedExtArm : public Arm {
 public:
  Result<> begin() override {
    program_ = TRY(SchedulerProgram::load(CgroupVersion::v2));
    return program_->attach();
  }

  Result<> favour(const std::string& cgroup, Priority priority, Slice slice) override {
    return set(cgroup, SchedulerRule{priority, slice});
  }
  Result<> forget(const std::string& cgroup) override { return set(cgroup, std::nullopt); }
  Result<> still_in_force() override {
    if (const auto end = program_->end()) {
      return Error{Errc::unavailable, "the scheduler is gone: " + end->reason, end->message};
    }
    return {};
  }
  [[nodiscard]] bool changes_scheduler() const override { return true; }

 private:
  Result<> set(const std::string& cgroup, const std::optional<SchedulerRule>& rule) {
    const CgroupId id = TRY(id_of(cgroup));
    TRY(program_->set(id, rule));
    program_->publish();
    return still_in_force();
  }

  std::unique_ptr<SchedulerProgram> program_;
};

}  // namespace

std::unique_ptr<Arm> make_sched_ext_arm() {
  return std::make_unique<SchedExtArm>();
}

}  // namespace gthulhu::bench
