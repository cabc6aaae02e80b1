// SPDX-License-Identifier: Apache-2.0
//
// Real processes and real cgroups for the tests of this folder, and parts of the enforcer that
// fail.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cfs/cfs_enforcer.h"
#include "core/model/cgroup.h"
#include "core/model/decision.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu::testing {

// The machine's hierarchy of the cpu controller; nothing where a test cannot make cgroups there.
std::optional<CpuHierarchy> cpu_hierarchy();

// A cpu cgroup; its tasks end with it.
class TestCgroup {
 public:
  // Below the hierarchy's root, or below `parent`.
  TestCgroup(const CpuHierarchy& hierarchy, const std::string& name, std::string_view parent = "");
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;
  ~TestCgroup();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t weight() const;
  void set_weight(std::uint64_t weight) const;
  [[nodiscard]] bool idle() const;
  void set_idle(bool idle) const;
  void add(pid_t pid) const;

 private:
  [[nodiscard]] std::string file(std::string_view name) const;
  [[nodiscard]] std::string weight_file() const;

  CpuHierarchy hierarchy_;
  std::string path_;
};

// A child process that does what it is told, one thing at a time.
class TestProcess {
 public:
  TestProcess();
  TestProcess(const TestProcess&) = delete;
  TestProcess& operator=(const TestProcess&) = delete;
  ~TestProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Each returns once done. The new task only waits.
  pid_t fork_child() const { return command('f'); }
  pid_t start_thread() const { return command('t'); }
  // Ends and is reaped; children stay.
  void end();

  [[nodiscard]] Decision decision(int priority,
                                  std::int64_t slice_ns = 0,
                                  const std::vector<pid_t>& threads = {},
                                  std::size_t intent = 0) const;

 private:
  [[nodiscard]] pid_t command(char what) const;

  pid_t pid_ = -1;
  int commands_ = -1;
  int answers_ = -1;
};

TaskId task_id(pid_t tid);
Decision decision_for(pid_t pid, int priority, std::int64_t slice_ns, std::size_t intent);

// Straight from the kernel, in the form of the calls. The slice as the kernel reports it.
SchedAttr read_attr(pid_t tid);
void write_attr(pid_t tid, std::uint32_t policy, int nice, std::uint64_t slice, bool reset = false);
std::uint64_t default_slice();

// Fails from the `n`-th call on (0: the next one), `times` times.
struct Fault {
  int after = -1;  // no fault
  int times = 1;

  bool hits() {
    if (after < 0 || after-- > 0) return false;
    if (--times > 0) after = 0;
    return true;
  }
};

class FailingCalls : public SchedulingCalls {
 public:
  int get(pid_t tid, SchedAttr& attr) override;
  int set(pid_t tid, const SchedAttr& attr) override;

  Fault fault;
  int error = 5;  // EIO
  int calls = 0;  // about other tasks than the caller's own
  bool knows_slices = true;

 private:
  KernelSchedulingCalls kernel_;
};

class FailingFiles : public CgroupFiles {
 public:
  Result<std::string> read(const std::string& path) override;
  Result<> write(const std::string& path, std::string_view text) override;
  Result<ino_t> inode(const std::string& path) override;

  Fault fault;

 private:
  KernelCgroupFiles kernel_;
};

class FailingStorage : public JournalStorage {
 public:
  explicit FailingStorage(std::string path) : disk_(std::move(path)) {}
  Result<std::string> read() override { return disk_.read(); }
  Result<> append(std::string_view text) override;
  Result<> replace(std::string_view text) override;
  Result<std::string> move_aside() override { return disk_.move_aside(); }

  bool full = false;  // half of what is appended fits

 private:
  JournalOnDisk disk_;
};

// An enforcer on the real kernel whose parts can be told to fail.
struct Rig {
  explicit Rig(CfsEnforcer::Settings settings, bool knows_slices = true);

  FailingCalls* calls = nullptr;  // of the enforcer
  FailingFiles* files = nullptr;
  FailingStorage* storage = nullptr;
  std::unique_ptr<CfsEnforcer> enforcer;
};

}  // namespace gthulhu::testing
