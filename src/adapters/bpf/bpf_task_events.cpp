// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/bpf_task_events.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "base/owned.h"
#include "bpf/task_event_record.h"
#include "core/match/task_text.h"

extern const char gthulhu_embedded_task_events[];
extern const char gthulhu_embedded_task_events_end[];

namespace gthulhu {

namespace {

using Object = Owned<bpf_object, bpf_object__close>;
using Link = Owned<bpf_link, bpf_link__destroy>;
using Ring = Owned<ring_buffer, ring_buffer__free>;

// So many, and whoever asks may look after something else.
constexpr int events_most = 4'096;

// /proc tells starts in clock ticks, which are a hundredth of a second for every program (USER_HZ,
// fs/proc/array.c: nsec_to_clock_t).
const std::uint64_t ns_per_tick =
    1'000'000'000ULL / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));

// Kept for the reason, instead of written to the standard error.
thread_local std::string last_words;  // NOLINT: libbpf's callback takes no context

int keep_words(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  std::array<char, 512> line{};
  const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
  // The first says what is wrong; what follows says that it went wrong. A limit that cannot be
  // raised is of no account since 5.11, where memory of BPF is counted otherwise.
  const bool is_of_account = std::strstr(format, "RLIMIT_MEMLOCK") == nullptr;
  if (size > 0 && last_words.empty() && is_of_account) {
    last_words = line.data();
    last_words.erase(last_words.find_last_not_of("\n ") + 1);
  }
  return size;
}

Error unusable(std::string what, int number) {
  std::string detail = number != 0 ? std::strerror(number) : "";
  if (number == EPERM) detail += " (CAP_BPF and CAP_PERFMON are needed)";
  if (!last_words.empty()) detail += detail.empty() ? last_words : "; " + last_words;
  return Error{Errc::unsupported, std::move(what), std::move(detail)};
}

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
    TRY(made->attach());
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
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.object_name = "task_events";
    const auto size =
        static_cast<std::size_t>(gthulhu_embedded_task_events_end - gthulhu_embedded_task_events);
    object_.reset(bpf_object__open_mem(gthulhu_embedded_task_events, size, &options));
    if (object_ == nullptr) return unusable("the BPF programs cannot be opened", errno);
    bpf_map* const constants = bpf_object__find_map_by_name(object_.get(), ".rodata");
    std::size_t bytes = 0;
    void* const value = constants == nullptr ? nullptr : bpf_map__initial_value(constants, &bytes);
    if (value == nullptr || bytes == 0) return unusable("the BPF programs have no constants", 0);
    const bool is_v1 = cpu_hierarchy == CgroupVersion::v1;
    std::memcpy(value, &is_v1, sizeof is_v1);
    if (const int error = bpf_object__load(object_.get())) {
      return unusable("the kernel does not take the BPF programs", -error);
    }
    const bpf_map* const counter = bpf_object__find_map_by_name(object_.get(), ".bss");
    void* const mapped =
        ::mmap(nullptr, sizeof *lost_, PROT_READ, MAP_SHARED, bpf_map__fd(counter), 0);
    if (mapped == MAP_FAILED) return unusable("the count of lost events cannot be mapped", errno);
    lost_ = static_cast<const std::uint64_t*>(mapped);
    ignored_ = bpf_map__fd(bpf_object__find_map_by_name(object_.get(), "ignored"));
    const bpf_map* const events = bpf_object__find_map_by_name(object_.get(), "events");
    ring_.reset(ring_buffer__new(bpf_map__fd(events), &BpfTaskEvents::take_one, this, nullptr));
    if (ring_ == nullptr) return unusable("the ring of events cannot be mapped", errno);
    return {};
  }

  Result<> attach() {
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object_.get()) {
      Link link(bpf_program__attach(program));
      if (link == nullptr) {
        return unusable(std::string("cannot attach to ") + bpf_program__section_name(program),
                        errno);
      }
      links_.push_back(std::move(link));
    }
    return {};
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

  Object object_;
  Ring ring_;
  std::vector<Link> links_;
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
  if (!stat) return unusable("cannot read " + proc + "/thread-self/stat", errno);
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
  return unusable("its events name tasks otherwise than " + proc +
                      " does: it needs the host's PID and time namespaces (hostPID: true)",
                  0);
}

}  // namespace

Result<std::unique_ptr<TaskEvents>> open_bpf_task_events(CgroupVersion cpu_hierarchy,
                                                         const std::string& proc) {
  last_words.clear();
  libbpf_set_print(keep_words);
  auto events = TRY(BpfTaskEvents::open(cpu_hierarchy));
  TRY(check_against_proc(*events, proc));
  return std::unique_ptr<TaskEvents>(std::move(events));
}

}  // namespace gthulhu
