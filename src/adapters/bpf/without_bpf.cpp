// SPDX-License-Identifier: Apache-2.0
//
// In the place of the others here where libbpf was not there at build time.
#include "adapters/bpf/bpf_run_queue_meter.h"
#include "adapters/bpf/bpf_task_events.h"
#include "adapters/bpf/kernel_btf.h"
#include "adapters/bpf/scheduler_place.h"
#include "adapters/bpf/scheduler_program.h"

namespace gthulhu {

namespace {

Error built_without() {
  return {Errc::unsupported, "this program was built without BPF (libbpf 1.4 or later)", ""};
}

class NoPlace : public SchedulerPlace {
 public:
  Result<> claim() override { return built_without(); }
  [[nodiscard]] Left left() const override { return Left::nothing; }
  Result<std::unique_ptr<SchedulerProgram>> adopt() override { return built_without(); }
  Result<> pin(SchedulerProgram&) override { return built_without(); }
  Result<> remove() override { return {}; }
  Result<std::unique_ptr<SchedulerProgram>> load() override { return built_without(); }
};

}  // namespace

std::unique_ptr<SchedulerPlace> SchedulerPlace::open(Settings) {
  return std::make_unique<NoPlace>();
}

Result<std::unique_ptr<TaskEvents>> open_bpf_task_events(CgroupVersion, const std::string&) {
  return built_without();
}

Result<std::unique_ptr<RunQueueMeter>> open_bpf_run_queue_meter(CgroupVersion) {
  return built_without();
}

Result<std::unique_ptr<SchedulerProgram>> SchedulerProgram::load(CgroupVersion) {
  return built_without();
}

Result<std::unique_ptr<SchedulerProgram>> SchedulerProgram::open_pins(const std::string&) {
  return built_without();
}

Result<std::optional<std::size_t>> parameters_in_btf(const std::string&, const std::string&) {
  return built_without();
}

}  // namespace gthulhu
