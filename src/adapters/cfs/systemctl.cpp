// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "adapters/cfs/cpu_weight.h"
#include "base/owned.h"
#include "base/text.h"

namespace gthulhu {

namespace {

constexpr std::string_view unset = "unset";

// Actions of posix_spawn, freed with the object.
class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Waits for the end of a child, at most until the deadline; then kills it. False when it was late.
bool ended_in_time(pid_t child, std::chrono::milliseconds deadline, int& status) {
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0U)));
  pollfd ready{handle.get(), POLLIN, 0};
  const bool in_time = handle.valid() && ::poll(&ready, 1, static_cast<int>(deadline.count())) == 1;
  if (!in_time) ::kill(child, SIGKILL);
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return in_time;
}

// What the program prints, at most 4 KiB.
Result<std::string> run(const std::vector<std::string>& command,
                        std::chrono::milliseconds deadline) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return Error{Errc::unavailable, std::strerror(errno), "pipe"};
  }
  const Fd output(pipe_ends[0]);
  Fd input(pipe_ends[1]);
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), input.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(actions.get(), STDERR_FILENO, "/dev/null", O_WRONLY, 0);

  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // Its words are compared below, so they must not be translated.
  std::array<char*, 3> environment{const_cast<char*>("LC_ALL=C"),
                                   const_cast<char*>("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
                                   nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, command[0].c_str(), actions.get(), nullptr,
                                   arguments.data(), environment.data());
  if (failed != 0) return Error{Errc::unavailable, std::strerror(failed), command[0]};
  input = Fd();

  int status = 0;
  const std::string text = join(command, " ");
  if (!ended_in_time(child, deadline, status)) {
    return Error{Errc::timeout, "systemctl did not answer in time", text};
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error{Errc::unavailable, "systemctl failed", text};
  }
  std::array<char, 4'096> printed{};
  const ssize_t got = ::read(output.get(), printed.data(), printed.size());
  return std::string(printed.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
}

}  // namespace

Result<std::string> Systemctl::cpu_weight(const std::string& unit) const {
  const std::string printed =
      TRY(run({program_, "show", "--property=CPUWeight", "--value", "--", unit}, deadline_));
  const std::string value(trim(printed));
  if (value == "idle") return value;
  // "[not set]", or UINT64_MAX from older ones.
  const auto number = parse_number<std::uint64_t>(value);
  constexpr std::uint64_t heaviest = 10'000;
  return number && *number <= heaviest ? value : std::string(unset);
}

Result<> Systemctl::set_cpu_weight(const std::string& unit, std::string_view value) const {
  const std::string text = value == unset ? std::string() : std::string(value);
  TRY(run({program_, "set-property", "--runtime", "--", unit, "CPUWeight=" + text}, deadline_));
  return {};
}

}  // namespace gthulhu
