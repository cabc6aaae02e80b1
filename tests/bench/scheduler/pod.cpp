// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/pod.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "adapters/cgroupfs/small_file.h"
#include "tests/bench/scheduler/figures.h"

namespace gthulhu::bench {

namespace {

const std::string root = "/sys/fs/cgroup/bench";

void must(const Result<>& done) {
  if (!done) fail(done.error().text());
}

void make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    fail("cannot make " + path + ": " + std::strerror(errno));
  }
}

// What was killed leaves its cgroup a moment later.
void remove_directory(const std::string& path) {
  for (int i = 0; i < 500; ++i) {
    if (::rmdir(path.c_str()) == 0) return;
    ::usleep(2'000);
  }
  fail("cannot remove " + path + ": " + std::strerror(errno));
}

}  // namespace

Pod::Pod(Arm& arm, std::string path) : arm_(&arm), path_(std::move(path)) {
  make_directory(path_);
}

Pod::~Pod() {
  if (is_favoured_) must(arm_->forget(path_));
  must(write_small_file(path_ + "/cgroup.kill", "1"));
  for (const pid_t process : processes_) ::waitpid(process, nullptr, 0);
  remove_directory(path_);
}

pid_t Pod::start(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) fail(std::string("fork: ") + std::strerror(errno));
  if (child > 0) {
    // Before anything runs, and seen by favour() after.
    must(write_small_file(path_ + "/cgroup.procs", std::to_string(child)));
    processes_.push_back(child);
    ++waiting_;
    return child;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  char byte = 0;
  while (::read(gate_, &byte, 1) < 0 && errno == EINTR) continue;
  work();
  ::_exit(0);
}

CgroupId Pod::id() const {
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) fail("cannot look at " + path_);
  return CgroupId{status.st_ino};
}

std::chrono::microseconds Pod::used() const {
  std::ifstream file(path_ + "/cpu.stat");
  std::string name;
  for (std::int64_t value = 0; file >> name >> value;) {
    if (name == "usage_usec") return std::chrono::microseconds(value);
  }
  fail("cannot read " + path_ + "/cpu.stat");
}

void Pod::favour(Priority priority, Slice slice) {
  is_favoured_ = true;
  must(arm_->favour(path_, priority, slice));
}

void Pod::limit(int hundredths) {
  must(write_small_file(path_ + "/cpu.max", std::to_string(hundredths * 1'000) + " 100000"));
}

void Pod::end_limit() {
  must(write_small_file(path_ + "/cpu.max", "max"));
}

void Pod::weigh(int weight) {
  must(write_small_file(path_ + "/cpu.weight", std::to_string(weight)));
}

void Pod::confine(const std::string& cpus) {
  must(write_small_file(path_ + "/cpuset.cpus", cpus));
}

Ground::Ground(Arm& arm) : arm_(arm) {
  make_directory(root);
  must(write_small_file(root + "/cgroup.subtree_control", "+cpu +cpuset"));
  make_gate();
}

// A new one each time: a byte of who was killed before he took it would let the next one go on
// before he is in his cgroup.
void Ground::make_gate() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("no pipes are left");
  gate_read_ = Fd(ends[0]);
  gate_write_ = Fd(ends[1]);
  for (const auto& pod : pods_) pod->gate_ = gate_read_.get();
}

Ground::~Ground() {
  must(arm_.still_in_force());
  while (!pods_.empty()) pods_.pop_back();  // children first
}

Pod& Ground::add_pod() {
  return add_cgroup("pod" + std::to_string(next_pod_++), 100);
}

Pod& Ground::add_cgroup(const std::string& path, int weight) {
  if (const std::size_t end = path.rfind('/'); end != std::string::npos)
    must(write_small_file(root + '/' + path.substr(0, end) + "/cgroup.subtree_control", "+cpu"));
  pods_.push_back(std::make_unique<Pod>(arm_, root + '/' + path));
  pods_.back()->gate_ = gate_read_.get();
  pods_.back()->weigh(weight);
  return *pods_.back();
}

void Ground::remove(const Pod& pod) {
  std::erase_if(pods_, [&pod](const auto& own) { return own.get() == &pod; });
}

void Ground::begin() {
  std::string bytes;
  for (const auto& pod : pods_) bytes.append(std::exchange(pod->waiting_, 0), 'x');
  if (::write(gate_write_.get(), bytes.data(), bytes.size()) !=
      static_cast<ssize_t>(bytes.size())) {
    fail("the gate does not open");
  }
  make_gate();
}

std::chrono::microseconds used_by(const std::vector<Pod*>& pods) {
  std::chrono::microseconds sum{0};
  for (const Pod* pod : pods) sum += pod->used();
  return sum;
}

void stay_on_cpu(int cpu) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  CPU_SET(static_cast<std::size_t>(cpu), &allowed);
  if (::sched_setaffinity(0, sizeof allowed, &allowed) != 0) fail("cannot stay on a CPU");
}

void stay_on_first_cpus(int count) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  for (int cpu = 0; cpu < count; ++cpu) CPU_SET(static_cast<std::size_t>(cpu), &allowed);
  if (::sched_setaffinity(0, sizeof allowed, &allowed) != 0) fail("there are no such CPUs");
}

int usable_cpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  return CPU_COUNT(&allowed);
}

}  // namespace gthulhu::bench
