// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/bpf_task_events.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "adapters/bpf/bpf_programs.h"
#include "base/owned.h"
#include "bpf/task_event_record.h"
#include "core/match/task_text.h"

extern const char gthulhu_embedded_task_events[];
extern const char gthulhu_embedded_task_events_end[];

namespace gthulhu {

namespace {

using Ring = Owned<ring_buffer, ring_buffer__free>;

// So many, and whoever asks may look after something else.
constexpr int events_most = 4'096;

// /proc tells starts in clock ticks, which are a hundredth of a second for every program (USER_HZ,
// fs/proc/array.c: nsec_to_clock_t).
const std::uint64_t ns_per_tick =
    1'000'000'000ULL / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));

std::optional<TaskEvent::Kind> kind_of(std::uint32_t kind) {
  switch (kind) {
    case GTHULHU_TASK_STARTED: return TaskEvent::Kind::started;
    case GTHULHU_TASK_EXECUTED: return TaskEvent::Kind::executed;
    case GTHULHU_TASK_RENAMED: return TaskEvent::Kind::renamed;
    case GTHULHU_TASK_ENDED: return TaskEvent::Kind::ended;
    case GTHULHU_TASK_MOVED: return TaskEvent::Kind::moved;
    case GTHULHU_PROCESS_MOVED: return TaskEvent::Kind::process_moved;
    default: return std::nullopt;
  }
}

// The loaded programs and their ring.
class BpfTaskEvents : public TaskEvents {
 public:
  static Result<std::unique_ptr<BpfTaskEvents>> open(CgroupVersion cpu_hierarchy) {
    auto made = std::make_unique<BpfTaskEvents>();
    TRY(made->load(cpu_hierarchy));
    return made;
  }

  BpfTaskEvents() = default;
  BpfTaskEvents(const BpfTaskEvents&) = delete;
  BpfTaskEvents& operator=(const BpfTaskEvents&) = delete;
  ~BpfTaskEvents() override {
    if (lost_ != nullptr) ::munmap(const_cast<std::uint64_t*>(lost_), sizeof *lost_);
  }

  [[nodiscard]] DiscoverySource source() const override { return DiscoverySource::bpf; }
  [[nodiscard]] int readable() const override { return ring_buffer__epoll_fd(ring_.get()); }
  [[nodiscard]] bool tells_places() const override { return true; }
  [[nodiscard]] std::uint64_t lost() override { return __atomic_load_n(lost_, __ATOMIC_RELAXED); }

  // Without room in the map, or without the entry, more is told than needed.
  void ignore(CgroupId cgroup) override {
    const auto id = static_cast<std::uint64_t>(cgroup);
    const std::uint8_t yes = 1;
    bpf_map_update_elem(ignored_, &id, &yes, BPF_ANY);
  }
  void heed(CgroupId cgroup) override {
    const auto id = static_cast<std::uint64_t>(cgroup);
    bpf_map_delete_elem(ignored_, &id);
  }

  Result<> take(const std::function<void(const TaskEvent&)>& sink) override {
    sink_ = &sink;
    taken_ = 0;
    const int count = ring_buffer__consume(ring_.get());
    sink_ = nullptr;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (count < 0 && count != -EAGAIN) {
      return Error{Errc::unavailable, "cannot read task events", std::strerror(-count)};
    }
    return {};
  }

 private:
  Result<> load(CgroupVersion cpu_hierarchy) {
    programs_ = TRY(BpfPrograms::load(
        "task_events",
        {gthulhu_embedded_task_events,
         static_cast<std::size_t>(gthulhu_embedded_task_events_end - gthulhu_embedded_task_events)},
        cpu_hierarchy));
    void* const mapped =
        ::mmap(nullptr, sizeof *lost_, PROT_READ, MAP_SHARED, programs_->map(".bss"), 0);
    if (mapped == MAP_FAILED)
      return bpf_unusable("the count of lost events cannot be mapped", errno);
    lost_ = static_cast<const std::uint64_t*>(mapped);
    ignored_ = programs_->map("ignored");
    ring_.reset(
        ring_buffer__new(programs_->map("events"), &BpfTaskEvents::take_one, this, nullptr));
    if (ring_ == nullptr) return bpf_unusable("the ring of events cannot be mapped", errno);
    return programs_->attach();
  }

  static int take_one(void* context, void* data, std::size_t size) {
    return static_cast<BpfTaskEvents*>(context)->take(data, size);
  }
  // C calls this: nothing may be thrown through it.
  int take(const void* data, std::size_t size) noexcept {
    gthulhu_task_event record{};
    if (size < sizeof record) return 0;
    std::memcpy(&record, data, sizeof record);
    const auto kind = kind_of(record.kind);
    if (!kind) return 0;
    try {
      TaskEvent event;
      event.kind = *kind;
      event.task = {record.tid, record.start_boottime_ns / ns_per_tick};
      event.process = record.tgid;
      event.parent = record.parent_tgid;
      event.cgroup = CgroupId(record.cgroup_id);
      event.comm.assign(record.comm, ::strnlen(record.comm, sizeof record.comm));
      event.at = MonotonicTime(std::chrono::nanoseconds(record.at_ns));
      (*sink_)(event);
    } catch (...) {
      failure_ = std::current_exception();
      return -EAGAIN;
    }
    return ++taken_ < events_most ? 0 : -EAGAIN;
  }

  std::optional<BpfPrograms> programs_;
  Ring ring_;
  int ignored_ = -1;
  const std::uint64_t* lost_ = nullptr;
  const std::function<void(const TaskEvent&)>* sink_ = nullptr;
  int taken_ = 0;
  std::exception_ptr failure_;
};

// The calling thread's own, as /proc has it.
std::optional<TaskStat> own_stat(const std::string& proc) {
  std::ifstream file(proc + "/thread-self/stat", std::ios::binary);
  return parse_stat(std::string(std::istreambuf_iterator<char>(file), {}));
}

// Renames the calling thread to its own name.
Result<> check_against_proc(TaskEvents& events, const std::string& proc) {
  std::array<char, 16> name{};
  ::prctl(PR_GET_NAME, name.data());
  ::prctl(PR_SET_NAME, name.data());
  const auto stat = own_stat(proc);
  if (!stat) return bpf_unusable("cannot read " + proc + "/thread-self/stat", errno);
  const pid_t self = ::gettid();
  bool agrees = false;
  for (int i = 0; i < 16 && !agrees; ++i) {
    TRY(events.take([&](const TaskEvent& event) {
      agrees =
          agrees || (event.kind == TaskEvent::Kind::renamed &&
                     event.task == TaskId{self, stat->start_ticks} && event.comm == name.data());
    }));
  }
  if (agrees) return {};
  return bpf_unusable("its events name tasks otherwise than " + proc +
                          " does: it needs the host's PID and time namespaces (hostPID: true)",
                      0);
}

}  // namespace

Result<std::unique_ptr<TaskEvents>> open_bpf_task_events(CgroupVersion cpu_hierarchy,
                                                         const std::string& proc) {
  auto events = TRY(BpfTaskEvents::open(cpu_hierarchy));
  TRY(check_against_proc(*events, proc));
  return std::unique_ptr<TaskEvents>(std::move(events));
}

}  // namespace gthulhu
