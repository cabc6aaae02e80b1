// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/test_machine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.h"

namespace gthulhu::testing {

namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool write_text(const std::string& path, std::string_view text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// The life of a TestProcess.
[[noreturn]] void obey(int commands, int answers) {
  char what = 0;
  while (::read(commands, &what, 1) == 1) {
    if (what == 'f') {
      const pid_t child = ::fork();
      while (child == 0) ::pause();
      if (::write(answers, &child, sizeof(child)) < 0) break;
    }
    if (what == 't') {
      std::thread([answers] {
        const pid_t tid = static_cast<pid_t>(::syscall(SYS_gettid));
        if (::write(answers, &tid, sizeof(tid)) < 0) ::_exit(1);
        for (;;) ::pause();
      }).detach();
    }
  }
  ::_exit(0);
}

}  // namespace

std::optional<CpuHierarchy> cpu_hierarchy() {
  if (::geteuid() != 0) return std::nullopt;
  if (std::filesystem::exists("/sys/fs/cgroup/cpu/cpu.shares")) {
    return CpuHierarchy{CgroupVersion::v1, "/sys/fs/cgroup/cpu", false};
  }
  if (write_text("/sys/fs/cgroup/cgroup.subtree_control", "+cpu")) {
    return CpuHierarchy{CgroupVersion::v2, "/sys/fs/cgroup", false};
  }
  return std::nullopt;
}

TestCgroup::TestCgroup(const CpuHierarchy& hierarchy,
                       const std::string& name,
                       std::string_view parent)
    : hierarchy_(hierarchy),
      path_(std::string(parent) + "/" + (parent.empty() ? "gthulhu-test-" : "") + name +
            (parent.empty() ? "-" + std::to_string(::getpid()) : "")) {
  if (!parent.empty() && hierarchy_.version == CgroupVersion::v2) {
    EXPECT_TRUE(
        write_text(hierarchy_.root + std::string(parent) + "/cgroup.subtree_control", "+cpu"));
  }
  if (::mkdir((hierarchy_.root + path_).c_str(), 0755) != 0) std::abort();
}

TestCgroup::~TestCgroup() {
  for (const std::string& line : [&] {
         std::vector<std::string> lines;
         const std::string text = read_text(file("cgroup.procs"));
         for (const std::string_view part : split(text, '\n')) lines.emplace_back(part);
         return lines;
       }()) {
    if (const auto pid = parse_number<pid_t>(line)) ::kill(*pid, SIGKILL);
  }
  for (int round = 0; round < 500 && ::rmdir((hierarchy_.root + path_).c_str()) != 0; ++round) {
    ::poll(nullptr, 0, 2);  // killed tasks leave when they have been scheduled once more
  }
}

std::string TestCgroup::file(std::string_view name) const {
  return hierarchy_.root + path_ + "/" + std::string(name);
}
std::string TestCgroup::weight_file() const {
  return file(hierarchy_.version == CgroupVersion::v1 ? "cpu.shares" : "cpu.weight");
}
std::uint64_t TestCgroup::weight() const {
  return parse_number<std::uint64_t>(trim(read_text(weight_file()))).value_or(0);
}
void TestCgroup::set_weight(std::uint64_t weight) const {
  EXPECT_TRUE(write_text(weight_file(), std::to_string(weight)));
}
bool TestCgroup::idle() const {
  return trim(read_text(file("cpu.idle"))) == "1";
}
void TestCgroup::set_idle(bool idle) const {
  EXPECT_TRUE(write_text(file("cpu.idle"), idle ? "1" : "0"));
}
void TestCgroup::add(pid_t pid) const {
  EXPECT_TRUE(write_text(file("cgroup.procs"), std::to_string(pid)));
}

TestProcess::TestProcess() {
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(to[1]);
    ::close(from[0]);
    obey(to[0], from[1]);
  }
  ::close(to[0]);
  ::close(from[1]);
  commands_ = to[1];
  answers_ = from[0];
}

TestProcess::~TestProcess() {
  end();
  ::close(commands_);
  ::close(answers_);
}

void TestProcess::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

pid_t TestProcess::command(char what) const {
  pid_t answer = -1;
  EXPECT_EQ(::write(commands_, &what, 1), 1);
  EXPECT_EQ(::read(answers_, &answer, sizeof(answer)), static_cast<ssize_t>(sizeof(answer)));
  return answer;
}

TaskId task_id(pid_t tid) {
  const Result<TaskStat> found = ProcTasks("/proc", CpuHierarchy{}).stat(tid);
  EXPECT_TRUE(found.has_value());
  return {tid, found ? found->start_ticks : 0};
}

Decision decision_for(pid_t pid, int priority, std::int64_t slice_ns, std::size_t intent) {
  Decision decision;
  decision.intent = intent;
  const TaskId id = task_id(pid);
  decision.process = Process{.id = id, .threads = {{id, ""}}};
  decision.priority = Priority::clamp(priority);
  decision.slice = Slice::clamp(slice_ns);
  return decision;
}

Decision TestProcess::decision(int priority,
                               std::int64_t slice_ns,
                               const std::vector<pid_t>& threads,
                               std::size_t intent) const {
  Decision result = decision_for(pid_, priority, slice_ns, intent);
  Process process = *result.process;
  for (const pid_t tid : threads) process.threads.push_back({task_id(tid), ""});
  result.process = std::move(process);
  return result;
}

SchedAttr read_attr(pid_t tid) {
  SchedAttr attr;
  EXPECT_EQ(KernelSchedulingCalls().get(tid, attr), 0);
  return attr;
}

void write_attr(pid_t tid, std::uint32_t policy, int nice, std::uint64_t slice, bool reset) {
  SchedAttr attr;
  attr.policy = policy;
  attr.nice = nice;
  attr.runtime = slice;
  attr.flags = reset ? flag_reset_on_fork : 0;
  attr.priority = policy == SCHED_FIFO || policy == SCHED_RR ? 1 : 0;
  EXPECT_EQ(KernelSchedulingCalls().set(tid, attr), 0);
}

std::uint64_t default_slice() {
  std::uint64_t slice = 0;
  std::thread([&] {
    write_attr(0, SCHED_OTHER, 0, 0);
    slice = read_attr(0).runtime;
  }).join();
  return slice;
}

int FailingCalls::get(pid_t tid, SchedAttr& attr) {
  if (tid != 0) ++calls;
  if (tid != 0 && fault.hits()) return error;
  const int failed = kernel_.get(tid, attr);
  if (!knows_slices) attr.runtime = 0;
  return failed;
}

int FailingCalls::set(pid_t tid, const SchedAttr& attr) {
  if (tid != 0) ++calls;
  if (tid != 0 && fault.hits()) return error;
  SchedAttr passed = attr;
  if (!knows_slices) passed.runtime = 0;
  return kernel_.set(tid, passed);
}

Result<std::string> FailingFiles::read(const std::string& path) {
  if (fault.hits()) return Error{Errc::unavailable, "injected", path};
  return kernel_.read(path);
}
Result<> FailingFiles::write(const std::string& path, std::string_view text) {
  if (fault.hits()) return Error{Errc::unavailable, "injected", path};
  return kernel_.write(path, text);
}
Result<ino_t> FailingFiles::inode(const std::string& path) {
  if (fault.hits()) return Error{Errc::unavailable, "injected", path};
  return kernel_.inode(path);
}

Result<> FailingStorage::append(std::string_view text) {
  if (!full) return disk_.append(text);
  (void)disk_.append(text.substr(0, text.size() / 2));  // as write(2) does when the disk fills up
  return Error{Errc::unavailable, "no space left on device", ""};
}
Result<> FailingStorage::replace(std::string_view text) {
  if (full) return Error{Errc::unavailable, "no space left on device", ""};
  return disk_.replace(text);
}

Rig::Rig(CfsEnforcer::Settings settings, bool knows_slices) {
  CfsEnforcer::Parts parts{std::make_unique<FailingCalls>(), std::make_unique<FailingFiles>(),
                           std::make_unique<FailingStorage>(settings.journal_path)};
  calls = static_cast<FailingCalls*>(parts.calls.get());
  calls->knows_slices = knows_slices;
  files = static_cast<FailingFiles*>(parts.cgroups.get());
  storage = static_cast<FailingStorage*>(parts.storage.get());
  auto opened = CfsEnforcer::open(std::move(settings), std::move(parts));
  if (!opened) {
    ADD_FAILURE() << opened.error().text();
    std::abort();
  }
  enforcer = *std::move(opened);
}

// The harness itself: a fault that never comes would make every test of faults pass.
TEST(Harness, a_fault_hits_exactly_where_it_is_told_to) {
  Fault fault{2, 2};
  std::string hits;
  for (int call = 0; call < 6; ++call) hits += fault.hits() ? 'x' : '.';
  EXPECT_EQ(hits, "..xx..");
}

}  // namespace gthulhu::testing
