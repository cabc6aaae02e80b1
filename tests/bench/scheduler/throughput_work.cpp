// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/throughput_work.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <new>

namespace gthulhu::bench {

namespace {

using Message = std::array<char, 100>;

void fork_for_ever(Tally& forks) {
  for (;;) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    if (child < 0 || ::waitpid(child, nullptr, 0) != child) ::_exit(1);
    forks.add();
  }
}

void send_for_ever(const std::vector<int>& to) {
  const Message message{};
  for (;;) {
    for (const int end : to) {
      if (::write(end, message.data(), message.size()) < 0) ::_exit(1);
    }
  }
}

// Messages are written whole: they are shorter than PIPE_BUF, and a datagram each on sockets.
void receive_for_ever(int from, Tally& messages) {
  Message message{};
  while (::read(from, message.data(), message.size()) > 0) messages.add();
}

Tally& mapped(int file) {
  void* const memory = ::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return *static_cast<Tally*>(memory);
}

// This program anew for each: what an arm has in its memory would be copied by each fork.
void start_forks(Pod& pod, Workers& workers, int cpus) {
  for (int i = 0; i < cpus; ++i) {
    const int file = ::memfd_create("forks", 0);
    if (file < 0 || ::ftruncate(file, sizeof(Tally)) != 0) fail("memfd_create");
    pod.start([number = std::to_string(file)] {
      ::execl("/proc/self/exe", "scheduler_bench", forks_of, number.c_str(), nullptr);
    });
    workers.tallies.push_back(new (&mapped(file)) Tally{});
  }
}

void start_pipes(Pod& pod, Workers& workers, int cpus) {
  for (int i = 0; i < cpus; ++i) {
    const Pipes pipes;
    for (const bool begins : {true, false}) {
      Tally& bytes = shared<Tally>();
      pod.start([pipes, begins, &bytes] { pipes.pass(begins, bytes); });
      workers.tallies.push_back(&bytes);
    }
  }
}

void start_sockets(Pod& pod, Workers& workers, int cpus) {
  for (int i = 0; i < cpus; ++i) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) != 0) fail("no sockets are left");
    Tally& messages = shared<Tally>();
    pod.start([ends] { send_for_ever({ends[0]}); });
    pod.start([ends, &messages] { receive_for_ever(ends[1], messages); });
    workers.tallies.push_back(&messages);
  }
}

void start_group(Pod& pod, Workers& workers) {
  constexpr int on_each_side = 5;
  std::vector<int> to;
  for (int i = 0; i < on_each_side; ++i) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) fail("no pipes are left");
    Tally& messages = shared<Tally>();
    pod.start([from = ends[0], &messages] { receive_for_ever(from, messages); });
    workers.tallies.push_back(&messages);
    to.push_back(ends[1]);
  }
  for (int i = 0; i < on_each_side; ++i) pod.start([to] { send_for_ever(to); });
}

void start_hogs(Pod& pod, Workers& workers, int cpus) {
  for (int i = 0; i < cpus; ++i) {
    Tally& steps = shared<Tally>();
    pod.start([&steps] { be_hog(steps); });
    workers.tallies.push_back(&steps);
  }
}

}  // namespace

void be_forks(int file) {
  fork_for_ever(mapped(file));
}

Workers start_work(Pod& pod, const std::string& name, int cpus) {
  Workers workers;
  if (name == "fork") {
    workers.unit = "forks/s";
    start_forks(pod, workers, cpus);
  } else if (name == "pipe") {
    workers.unit = "bytes/s";
    start_pipes(pod, workers, cpus);
  } else if (name == "sock") {
    workers.unit = "messages/s";
    start_sockets(pod, workers, cpus);
  } else if (name == "hackbench") {
    workers.unit = "messages/s";
    for (int i = 0; i < cpus; ++i) start_group(pod, workers);
  } else if (name == "cpu") {
    workers.unit = "steps/s";
    start_hogs(pod, workers, cpus);
  } else {
    fail("there is no work " + name);
  }
  return workers;
}

}  // namespace gthulhu::bench
