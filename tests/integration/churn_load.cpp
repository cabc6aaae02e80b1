// SPDX-License-Identifier: Apache-2.0
//
// The load of test_process_churn.py: processes that start and end as fast as they can.
//
//   churn_load SLICE_NS OUTSIDE POD
//
// OUTSIDE and POD are directories of cgroups, SLICE_NS is a slice that nobody but a decision maker
// gives. One process in the pod forks, and this one does the same outside; of each that has ended
// in the pod, one outside gets the number. Those outside look at what the scheduler has of them,
// and must always find what this one began with. Commands on the standard input, each with one
// answer on the standard output:
//
//   cycles COUNT AFTER_MS   so many of the pod's processes, each with its successor, which starts
//                           so long after its end
//   burst COUNT             so many that end at once, without successors
//
// Without arguments it ends at once: that is what it executes itself.
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr auto back_within = 1'000ms;
constexpr auto held_within = 5'000ms;
constexpr auto patience = 70'000ms;  // more than the minute in which every pod is looked at

[[noreturn]] void fail(const std::string& what) {
  std::cerr << "churn_load: " << what << ": " << std::strerror(errno) << "\n";
  std::exit(1);
}

// struct sched_attr of include/uapi/linux/sched/types.h, first version.
struct Scheduling {
  std::uint32_t size = sizeof(Scheduling);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t slice_ns = 0;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;

  bool operator==(const Scheduling&) const = default;
};

Scheduling own_scheduling() {
  Scheduling own;
  if (::syscall(SYS_sched_getattr, 0, &own, sizeof own, 0) != 0) fail("sched_getattr");
  return own;
}

// What a process of a pod does before it ends.
enum class Way : std::uint8_t {
  ends,
  executes,
  rests,             // long enough to be seen
  leaves_at_once,    // the pod, by moving itself
  joins_at_once,     // comes from outside
  joins_until_held,  // until it has values of the decision maker
  joins_and_leaves,  // both, and stays until it has its own values back
  count
};
constexpr std::array<const char*, static_cast<std::size_t>(Way::count)> way_names{
    "ends",          "executes",         "rests",           "leaves_at_once",
    "joins_at_once", "joins_until_held", "joins_and_leaves"};

// Of all processes; shared by them.
struct Totals {
  struct Fault {
    Way way;  // of whoever had the number before
    int look;
    pid_t pid;
    Scheduling found;
  };
  std::atomic<std::uint64_t> cycles;
  std::atomic<std::uint64_t> numbers;  // that were to be given anew
  std::atomic<std::uint64_t> reused;
  std::atomic<std::uint64_t> looks;
  std::atomic<std::uint64_t> inherited;
  std::atomic<std::uint64_t> joined;
  std::atomic<std::uint64_t> held_late;  // of those
  std::atomic<std::uint64_t> held_most_us;
  std::atomic<std::uint64_t> left;
  std::atomic<std::uint64_t> back_late;  // of those: with their own values
  std::atomic<std::uint64_t> back_most_us;
  std::atomic<int> refusal;  // why a number was not given anew
  std::atomic<std::size_t> faults;
  std::array<Fault, 16> fault;
};

struct Request {
  Way way;
  std::uint64_t burst;  // instead, if there are any
};

void become_of(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
}

pid_t fork_one() {
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) become_of(self);
  return child;
}

void enter(int cgroup_procs) {
  if (::write(cgroup_procs, "0", 1) != 1) fail("cannot change the cgroup");
}

int open_cgroup(const std::string& directory) {
  const int file = ::open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) fail(directory);
  return file;
}

template <typename T>
void send(int pipe, const T& value) {
  if (::write(pipe, &value, sizeof value) != sizeof value) fail("write");
}

// Runs outside, and has one process inside.
class Churn {
 public:
  Churn(Totals& totals, const char* self, std::uint64_t slice_ns, int outside, int pod)
      : totals_(totals), self_(self), slice_ns_(slice_ns), outside_(outside), pod_(pod) {
    enter(outside_);
    base_ = own_scheduling();
    std::array<int, 2> asked{};
    std::array<int, 2> told{};
    if (::pipe2(asked.data(), O_CLOEXEC) != 0) fail("pipe2");
    if (::pipe2(told.data(), O_CLOEXEC) != 0) fail("pipe2");
    if (fork_one() == 0) {
      ::close(asked[1]);
      ::close(told[0]);
      enter(pod_);
      run_inside(asked[0], told[1]);
    }
    ::close(asked[0]);
    ::close(told[1]);
    asked_ = asked[1];
    told_ = told[0];
  }

  void cycles(std::uint64_t count, milliseconds after) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const Way way = some_way();
      const pid_t number = way < Way::joins_at_once ? ask({way, 0}) : join(way);
      if (number != 0) ended_.push_back({number, way, Clock::now() + after});
      ++totals_.cycles;
      start_successors();
      while (alive_ > 0 && reap(WNOHANG)) continue;
    }
    while (!ended_.empty()) {
      std::this_thread::sleep_until(ended_.front().due);
      start_successors();
    }
    while (alive_ > 0) reap(0);
  }
  void burst(std::uint64_t count) { ask({Way::count, count}); }

 private:
  struct Ended {
    pid_t number;
    Way way;
    Clock::time_point due;  // the successor
  };

  Way some_way() {
    const unsigned drawn = chance_() % 1'024;
    if (drawn < 4) return Way::joins_and_leaves;
    if (drawn < 8) return Way::joins_until_held;
    if (drawn < 16) return Way::joins_at_once;
    if (drawn < 24) return Way::leaves_at_once;
    if (drawn < 32) return Way::rests;
    if (drawn < 96) return Way::executes;
    return Way::ends;
  }
  milliseconds some_pause() {
    const unsigned drawn = chance_() % 512;
    if (drawn < 1) return 1'500ms;
    if (drawn < 8) return 200ms;
    if (drawn < 64) return 15ms;
    return 0ms;
  }

  // The number of a process of the pod that has just ended; 0 for one that lives on.
  pid_t ask(const Request& request) {
    send(asked_, request);
    pid_t number = 0;
    if (::read(told_, &number, sizeof number) != sizeof number) fail("the pod's process has ended");
    return number;
  }

  [[noreturn]] void run_inside(int asked, int told) {
    Request request{};
    while (::read(asked, &request, sizeof request) == sizeof request) {
      pid_t number = 0;
      if (request.way != Way::count) {
        number = live(request.way);
      } else {
        for (std::uint64_t i = 0; i < request.burst; ++i) live(Way::ends);
      }
      send(told, number);
    }
    ::_exit(0);
  }

  pid_t live(Way way) {
    if (way == Way::ends || way == Way::executes) {
      const pid_t child = ::vfork();
      if (child == 0) {
        if (way == Way::executes) ::execl(self_, self_, static_cast<char*>(nullptr));
        ::_exit(0);
      }
      return ended(child);
    }
    const pid_t child = fork_one();
    if (child == 0) {
      if (way == Way::rests) std::this_thread::sleep_for(30ms);
      if (way == Way::leaves_at_once) enter(outside_);
      ::_exit(0);
    }
    return ended(child);
  }
  static pid_t ended(pid_t child) {
    if (child < 0 || ::waitpid(child, nullptr, 0) != child) fail("wait for a process");
    return child;
  }

  pid_t join(Way way) {
    const pid_t child = fork_one();
    if (child == 0) {
      enter(pod_);
      if (way != Way::joins_at_once) wait_until_held();
      if (way == Way::joins_and_leaves) leave();
      ::_exit(0);
    }
    if (way != Way::joins_and_leaves) return ended(child);
    ++alive_;
    return 0;
  }
  void wait_until_held() {
    ++totals_.joined;
    const auto is_held = [&] { return own_scheduling().slice_ns == slice_ns_; };
    wait_until(is_held, held_within, totals_.held_late, totals_.held_most_us);
  }
  void leave() {
    ++totals_.left;
    enter(outside_);
    const auto is_back = [&] { return own_scheduling() == base_; };
    wait_until(is_back, back_within, totals_.back_late, totals_.back_most_us);
  }
  static void wait_until(const auto& is_so,
                         milliseconds within,
                         std::atomic<std::uint64_t>& late,
                         std::atomic<std::uint64_t>& most_us) {
    const auto begin = Clock::now();
    while (!is_so() && Clock::now() - begin < patience) std::this_thread::sleep_for(1ms);
    const auto took = Clock::now() - begin;
    if (took > within) ++late;
    const auto took_us = static_cast<std::uint64_t>(took / 1us);
    std::uint64_t most = most_us;
    while (took_us > most && !most_us.compare_exchange_weak(most, took_us)) continue;
  }

  void start_successors() {
    for (; !ended_.empty() && ended_.front().due <= Clock::now(); ended_.pop_front()) {
      start_successor(ended_.front().number, ended_.front().way, some_pause());
    }
  }
  // Outside, with the number of one that has ended.
  void start_successor(pid_t number, Way way, milliseconds pause) {
    ++totals_.numbers;
    const pid_t self = ::getpid();
    clone_args wanted{};
    wanted.exit_signal = SIGCHLD;
    wanted.set_tid = reinterpret_cast<std::uintptr_t>(&number);
    wanted.set_tid_size = 1;
    const long child = ::syscall(SYS_clone3, &wanted, sizeof wanted);
    if (child < 0) {
      totals_.refusal = errno;
      return;
    }
    if (child == 0) {
      become_of(self);
      look(way, 0);
      for (int i = 1; i < 3; ++i) {
        if (pause > 0ms) std::this_thread::sleep_for(pause / 2);
        look(way, i);
      }
      ::_exit(0);
    }
    ++totals_.reused;
    ++alive_;
  }
  void look(Way way, int number) {
    ++totals_.looks;
    const Scheduling found = own_scheduling();
    if (found == base_) return;
    ++totals_.inherited;
    const std::size_t index = totals_.faults++;
    // getpid() asks the kernel, other than what the C library thinks of this process.
    if (index < totals_.fault.size()) totals_.fault[index] = {way, number, ::getpid(), found};
  }
  bool reap(int options) {
    if (::waitpid(-1, nullptr, options) <= 0) return false;
    --alive_;
    return true;
  }

  Totals& totals_;
  const char* const self_;
  const std::uint64_t slice_ns_;
  const int outside_;
  const int pod_;
  std::minstd_rand chance_{1};
  Scheduling base_;
  int asked_ = -1;
  int told_ = -1;
  int alive_ = 0;
  std::deque<Ended> ended_;
};

void tell(const Totals& totals) {
  std::cout << "{\"cycles\":" << totals.cycles << ",\"numbers\":" << totals.numbers
            << ",\"reused\":" << totals.reused << ",\"looks\":" << totals.looks
            << ",\"inherited\":" << totals.inherited << ",\"joined\":" << totals.joined
            << ",\"held_late\":" << totals.held_late
            << ",\"held_most_ms\":" << totals.held_most_us / 1'000 << ",\"left\":" << totals.left
            << ",\"back_late\":" << totals.back_late
            << ",\"back_most_ms\":" << totals.back_most_us / 1'000 << ",\"refusal\":\""
            << (totals.refusal == 0 ? "" : std::strerror(totals.refusal)) << "\",\"faults\":[";
  for (std::size_t i = 0; i < std::min(totals.faults.load(), totals.fault.size()); ++i) {
    const Totals::Fault& fault = totals.fault[i];
    std::cout << (i == 0 ? "" : ",") << "{\"before\":\""
              << way_names[static_cast<std::size_t>(fault.way)] << "\",\"look\":" << fault.look
              << ",\"pid\":" << fault.pid << ",\"policy\":" << fault.found.policy
              << ",\"nice\":" << fault.found.nice << ",\"slice_ns\":" << fault.found.slice_ns
              << "}";
  }
  std::cout << "]}" << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) return 0;
  if (count != 4) {
    std::cerr << "usage: churn_load SLICE_NS OUTSIDE POD\n";
    return 2;
  }
  void* const shared =
      ::mmap(nullptr, sizeof(Totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("mmap");
  auto* totals = new (shared) Totals{};
  Churn churn(*totals, arguments[0], std::strtoull(arguments[1], nullptr, 10),
              open_cgroup(arguments[2]), open_cgroup(arguments[3]));
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t all = 0;
    std::int64_t after_ms = 0;
    words >> name >> all >> after_ms;
    totals = new (shared) Totals{};
    name == "burst" ? churn.burst(all) : churn.cycles(all, milliseconds(after_ms));
    tell(*totals);
  }
  return 0;
}
