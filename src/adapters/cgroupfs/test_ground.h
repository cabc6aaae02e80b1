// SPDX-License-Identifier: Apache-2.0
//
// What the tests of this folder stand on: directory trees, a clock that stands still, and a
// directory of their own in the machine's real cpu hierarchy.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/cgroupfs/hierarchy.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"

namespace gthulhu {

// Files by path below a temporary directory; a path that ends in '/' is a directory.
class TempTree {
 public:
  explicit TempTree(const std::map<std::string, std::string>& files = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "gthulhu-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    for (const auto& [path, content] : files) write(path, content);
  }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;
  ~TempTree() {
    std::error_code gone;
    std::filesystem::remove_all(root_, gone);
  }

  void write(const std::string& path, const std::string& content) const {
    const std::filesystem::path full = root_ + "/" + path;
    if (path.ends_with('/')) {
      std::filesystem::create_directories(full);
      return;
    }
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << content;
  }
  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  std::string root_;
};

class ManualClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{}; }
  [[nodiscard]] MonotonicTime monotonic() const override { return MonotonicTime{elapsed_.load()}; }
  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const override { return {}; }
  void advance(std::chrono::nanoseconds by) { elapsed_ = elapsed_.load() + by; }

 private:
  std::atomic<std::chrono::nanoseconds> elapsed_{std::chrono::hours(1)};
};

class SteadyClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{}; }
  [[nodiscard]] MonotonicTime monotonic() const override {
    return std::chrono::steady_clock::now();
  }
  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const override { return {}; }
};

class CountingRandom : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = std::byte{++last_};
  }

 private:
  unsigned char last_ = 0;
};

inline bool eventually(const std::function<bool()>& holds,
                       std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// A directory in the real cpu hierarchy that takes the place of its root. Kills what is in it at
// the end.
class RealCgroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "makes cgroups, which only root may";
    const Result<CpuHierarchy> found = find_cpu_hierarchy();
    ASSERT_TRUE(found.has_value()) << found.error().text();
    hierarchy_ = *found;
    hierarchy_.systemd = false;
    const std::string prefix = hierarchy_.root + "/test-of-gthulhu-";
    remove_leftovers(prefix);
    hierarchy_.shown_as = "/test-of-gthulhu-" + std::to_string(::getpid());
    hierarchy_.root += hierarchy_.shown_as;
    ASSERT_EQ(::mkdir(hierarchy_.root.c_str(), 0755), 0) << hierarchy_.root;
  }

  void TearDown() override {
    if (hierarchy_.root.empty()) return;
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    EXPECT_TRUE(eventually([this] { return remove_all(hierarchy_.root); }));
  }

  // Returns the path in the file system.
  std::string make(const std::string& path) const {
    const std::string full = hierarchy_.root + path;
    EXPECT_EQ(::mkdir(full.c_str(), 0755), 0) << full;
    return full;
  }

  // A process that sleeps, named `name` when this returns, in the directory `path`.
  pid_t sleeper(const std::string& path, const std::string& name = "sleeper") {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::prctl(PR_SET_NAME, name.c_str());
      (void)!::write(ends[1], "n", 1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char named = 0;
    EXPECT_EQ(::read(ends[0], &named, 1), 1);
    ::close(ends[0]);
    children_.push_back(child);
    move(child, path);
    return child;
  }

  void move(pid_t process, const std::string& path) const {
    const std::string file = hierarchy_.root + path + "/cgroup.procs";
    std::ofstream out(file);
    out << process << std::flush;
    EXPECT_TRUE(out.good()) << process << " to " << file;
  }

  void end(pid_t process) {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
    std::erase(children_, process);
  }

  static bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

  CpuHierarchy hierarchy_;
  std::vector<pid_t> children_;

 private:
  // Of test programs that were killed.
  static void remove_leftovers(const std::string& prefix) {
    std::error_code gone;
    const std::filesystem::path root = std::filesystem::path(prefix).parent_path();
    for (std::filesystem::directory_iterator entry(root, gone), last; !gone && entry != last;
         entry.increment(gone)) {
      const std::string path = entry->path();
      if (!path.starts_with(prefix)) continue;
      const auto owner = parse_number<pid_t>(path.substr(prefix.size()));
      if (owner && ::kill(*owner, 0) != 0 && errno == ESRCH) remove_all(path);
    }
  }

  // Also what a failed test left in it, and what a keeper is just removing.
  static bool remove_all(const std::string& directory) {
    std::error_code gone;
    std::vector<std::string> below;
    for (std::filesystem::directory_iterator entry(directory, gone), last; !gone && entry != last;
         entry.increment(gone)) {
      std::error_code vanished;
      if (entry->is_directory(vanished)) below.push_back(entry->path());
    }
    for (const std::string& child : below) remove_all(child);
    std::ifstream processes(directory + "/cgroup.procs");
    for (pid_t process = 0; processes >> process;) {
      if (process > 1 && process != ::getpid()) ::kill(process, SIGKILL);
    }
    return ::rmdir(directory.c_str()) == 0 || errno == ENOENT;
  }
};

}  // namespace gthulhu
