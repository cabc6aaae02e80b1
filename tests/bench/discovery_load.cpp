// SPDX-License-Identifier: Apache-2.0
//
// The load of tests/bench/discovery.py: processes and threads in cgroups like those of pods, then
// so many execs a second in them, and how long each takes until a decision maker serves a decision
// for it.
//
//   discovery_load PODS PROCESSES THREADS WORKER PORT TOKEN_FILE
//
// PROCESSES and THREADS are for each pod and each process. WORKER is a path of this program with a
// name of its own: what it executes. On the standard input first PODS lines, the directory of a
// cgroup each; then commands, each with one answer on the standard output:
//
//   execs RATE SECONDS POLL_MS   executes; with POLL_MS > 0 asks for the decisions that often
//   rescan                       looks at all of /proc as the Go agent does (contract 6.1)
//   end
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t starts_most = 1 << 20;
constexpr auto life = 100ms;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

// Shared with the pods' first processes, which fork.
struct Starts {
  std::atomic<std::size_t> count;
  struct One {
    std::atomic<pid_t> pid;
    std::int64_t at_ns;
  };
  std::array<One, starts_most> all;
};

[[noreturn]] void fail(const std::string& what) {
  std::cerr << "discovery_load: " << what << ": " << std::strerror(errno) << "\n";
  std::exit(1);
}

void wait_for_ever() {
  for (;;) ::pause();
}

void add_threads(int count) {
  for (int i = 1; i < count; ++i) std::thread(wait_for_ever).detach();
}

// The first process of a pod: forks and executes for each byte that it reads.
[[noreturn]] void run_pod(int requests, Starts& starts, int threads, const char* worker) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGCHLD, SIG_IGN);
  add_threads(threads);
  char byte = 0;
  while (::read(requests, &byte, 1) == 1) {
    const std::int64_t at = now_ns();
    const pid_t child = ::vfork();
    if (child == 0) {
      ::execl(worker, worker, static_cast<char*>(nullptr));
      ::_exit(1);
    }
    const std::size_t index = starts.count.fetch_add(1);
    if (index >= starts_most) continue;
    starts.all[index].at_ns = at;
    starts.all[index].pid.store(child, std::memory_order_release);
  }
  ::_exit(0);
}

int make_pod(
    const std::string& cgroup, int processes, int threads, Starts& starts, const char* worker) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail("pipe2");
  const pid_t first = ::fork();
  if (first < 0) fail("fork");
  if (first == 0) {
    ::close(pipe[1]);
    {
      std::ofstream file(cgroup + "/cgroup.procs");
      file << ::getpid() << std::flush;
      if (!file.good()) fail(cgroup);
    }
    for (int i = 1; i < processes; ++i) {
      const pid_t other = ::fork();
      if (other != 0) continue;
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(pipe[0]);
      add_threads(threads);
      wait_for_ever();
    }
    run_pod(pipe[0], starts, threads, worker);
  }
  ::close(pipe[0]);
  return pipe[1];
}

// Asks for the decisions and notes when each process was first among them.
class Poller {
 public:
  Poller(int port, std::string token) : token_(std::move(token)), seen_(1 << 22) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fail("connect");
    }
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() { ::close(socket_); }

  void forget() { std::ranges::fill(seen_, 0); }
  [[nodiscard]] std::int64_t seen(pid_t pid) const { return seen_[static_cast<std::size_t>(pid)]; }
  [[nodiscard]] std::size_t polls() const { return polls_; }

  void poll() {
    std::string request =
        "GET /api/v1/scheduling/strategies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_ +
        "\r\n";
    if (!tag_.empty()) request += "If-None-Match: " + tag_ + "\r\n";
    request += "\r\n";
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail("send");
    ++polls_;
    read_answer();
    const std::int64_t at = now_ns();
    constexpr std::string_view key = "\"pid\":";
    const std::string_view text(answer_);
    for (std::size_t i = text.find(key, body_); i != std::string_view::npos;
         i = text.find(key, i + key.size())) {
      pid_t pid = 0;
      std::from_chars(text.data() + i + key.size(), text.data() + text.size(), pid);
      std::int64_t& first = seen_.at(static_cast<std::size_t>(pid));
      if (first == 0) first = at;
    }
  }

 private:
  void read_answer() {
    answer_.clear();
    body_ = std::string::npos;
    std::size_t wanted = std::string::npos;
    while (answer_.size() < wanted) {
      const std::size_t before = answer_.size();
      answer_.resize(before + 65'536);
      const ssize_t count = ::recv(socket_, answer_.data() + before, 65'536, 0);
      if (count <= 0) fail("recv");
      answer_.resize(before + static_cast<std::size_t>(count));
      if (body_ != std::string::npos) continue;
      const std::size_t end = answer_.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      body_ = end + 4;
      wanted = body_ + number_after("Content-Length: ");
      const std::size_t tag = answer_.find("ETag: ");
      if (tag < end) tag_ = answer_.substr(tag + 6, answer_.find('\r', tag) - tag - 6);
    }
  }
  std::size_t number_after(std::string_view name) const {
    const std::size_t at = answer_.find(name);
    if (at == std::string::npos || at > body_) return 0;
    return std::strtoul(answer_.c_str() + at + name.size(), nullptr, 10);
  }

  std::string token_;
  std::string tag_;
  std::string answer_;
  std::size_t body_ = 0;
  int socket_ = -1;
  std::vector<std::int64_t> seen_;
  std::size_t polls_ = 0;
};

void tell(std::vector<double> delays, std::size_t started, std::size_t polls) {
  std::ranges::sort(delays);
  const auto percentile = [&](double part) {
    if (delays.empty()) return 0.0;
    return delays[std::min(delays.size() - 1,
                           static_cast<std::size_t>(part * static_cast<double>(delays.size())))];
  };
  std::printf(
      "{\"started\":%zu,\"seen\":%zu,\"polls\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}"
      "\n",
      started, delays.size(), polls, percentile(0.5), percentile(0.99), percentile(1));
  std::fflush(stdout);
}

void execute(Starts& starts,
             const std::vector<int>& pods,
             int rate,
             int seconds,
             int poll_ms,
             Poller& poller) {
  const std::size_t first = starts.count;
  const std::size_t polls = poller.polls();
  poller.forget();
  std::atomic<bool> stop = false;
  std::thread asking([&] {
    auto next = Clock::now();
    while (poll_ms > 0 && !stop) {
      poller.poll();
      next = std::max(next + std::chrono::milliseconds(poll_ms), Clock::now());
      std::this_thread::sleep_until(next);
    }
  });
  const auto begin = Clock::now();
  const auto pause = std::chrono::nanoseconds(1'000'000'000 / rate);
  for (int i = 0; i < rate * seconds; ++i) {
    std::this_thread::sleep_until(begin + pause * i);
    if (::write(pods[static_cast<std::size_t>(i) % pods.size()], "x", 1) != 1) fail("write");
  }
  std::this_thread::sleep_for(life + 200ms);
  stop = true;
  asking.join();
  std::vector<double> delays;
  const std::size_t last = std::min(starts.count.load(), starts_most);
  for (std::size_t i = first; poll_ms > 0 && i < last; ++i) {
    const std::int64_t seen = poller.seen(starts.all[i].pid.load(std::memory_order_acquire));
    if (seen >= starts.all[i].at_ns) {
      delays.push_back(static_cast<double>(seen - starts.all[i].at_ns) / 1e6);
    }
  }
  tell(std::move(delays), last - first, poller.polls() - polls);
}

// One small file of the kernel.
void read_file(const std::string& path, std::string& content) {
  content.clear();
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  content.resize(4096);
  const ssize_t count = ::read(file, content.data(), content.size());
  content.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  ::close(file);
}

void rescan() {
  timespec before{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
  const std::int64_t begin = now_ns();
  std::size_t processes = 0;
  std::string content;
  DIR* const proc = ::opendir("/proc");
  if (proc == nullptr) fail("/proc");
  while (const dirent* entry = ::readdir(proc)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const std::string folder = std::string("/proc/") + entry->d_name;
    read_file(folder + "/cgroup", content);
    if (content.find("kubepods") == std::string::npos) continue;
    ++processes;
    read_file(folder + "/comm", content);
    read_file(folder + "/stat", content);
  }
  ::closedir(proc);
  timespec after{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
  const double cpu_ms = static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
                        static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e6;
  std::printf("{\"processes\":%zu,\"took_ms\":%.2f,\"cpu_ms\":%.2f}\n", processes,
              static_cast<double>(now_ns() - begin) / 1e6, cpu_ms);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    // A worker, executed in a pod.
    std::this_thread::sleep_for(life);
    return 0;
  }
  if (count != 7) {
    std::cerr << "usage: discovery_load PODS PROCESSES THREADS WORKER PORT TOKEN_FILE\n";
    return 2;
  }
  const int pod_count = std::atoi(arguments[1]);
  void* const shared = ::mmap(nullptr, sizeof(Starts), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (shared == MAP_FAILED) fail("mmap");
  auto& starts = *static_cast<Starts*>(shared);
  std::vector<int> pods;
  for (int i = 0; i < pod_count; ++i) {
    std::string path;
    if (!std::getline(std::cin, path)) fail("a path for each pod");
    pods.push_back(
        make_pod(path, std::atoi(arguments[2]), std::atoi(arguments[3]), starts, arguments[4]));
  }
  std::string token;
  std::getline(std::ifstream(arguments[6]), token);
  Poller poller(std::atoi(arguments[5]), token);
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "execs") {
      int rate = 0;
      int seconds = 0;
      int poll_ms = 0;
      words >> rate >> seconds >> poll_ms;
      execute(starts, pods, rate, seconds, poll_ms, poller);
    } else if (command == "rescan") {
      rescan();
    } else {
      break;
    }
  }
  return 0;
}
