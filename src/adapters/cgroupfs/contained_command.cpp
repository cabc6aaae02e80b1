// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/contained_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include "base/owned.h"

namespace gthulhu {

namespace {

constexpr std::array forwarded{SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
                               SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};

sigset_t awaited_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : forwarded) ::sigaddset(&set, signal);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

struct SignalState {
  sigset_t mask{};
  struct sigaction child_ended{};
};

SignalState await_signals() {
  SignalState before;
  const sigset_t awaited = awaited_signals();
  ::sigprocmask(SIG_BLOCK, &awaited, &before.mask);
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  // Ignored by some parents, and then there would be nothing to wait for.
  ::sigaction(SIGCHLD, &action, &before.child_ended);
  return before;
}

void restore(const SignalState& before) {
  ::sigaction(SIGCHLD, &before.child_ended, nullptr);
  ::sigprocmask(SIG_SETMASK, &before.mask, nullptr);
}

Error not_executed(const std::string& command, int number) {
  if (number == ENOENT || number == ENOTDIR) {
    return Error{Errc::not_found, command + ": command not found", ""};
  }
  return Error{Errc::forbidden, command + ": cannot be executed", std::strerror(number)};
}

// What the child tells when it does not get to exec.
struct Failure {
  bool is_entering = false;
  int number = 0;
};

// Between fork and exec.
[[noreturn]] void become(const std::vector<char*>& arguments,
                         int cgroup_processes,
                         const SignalState& signals,
                         int report) {
  Failure failure;
  // 0 is whoever writes it, in both versions of cgroups.
  if (::write(cgroup_processes, "0", 1) < 0) {
    failure = {true, errno};
  } else {
    restore(signals);
    ::execvp(arguments.front(), arguments.data());
    failure = {false, errno};
  }
  (void)!::write(report, &failure, sizeof failure);
  ::_exit(127);
}

std::vector<char*> argument_pointers(const std::vector<std::string>& command) {
  std::vector<char*> pointers;
  // execvp takes them as char* const* for the sake of old programs and does not write to them.
  for (const std::string& word : command) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

pid_t wait_for(pid_t process, int& status, int options) {
  pid_t ended = -1;
  do {
    ended = ::waitpid(process, &status, options);
  } while (ended < 0 && errno == EINTR);
  return ended;
}

// The wrapper of glibc 2.36 cannot be called from C++: its header has no extern "C".
int open_pidfd(pid_t process) {
  return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
}

[[noreturn]] void keep_until_empty(LabelledCgroup& cgroup) {
  ::prctl(PR_SET_NAME, "gthulhu-keeper");
  // Ends by TERM like everybody at a shutdown; what it leaves is swept at the next start.
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  for (;;) {
    const Result<bool> removed = cgroup.remove();
    if (!removed || *removed) ::_exit(0);
    const auto process = cgroup.some_process();
    // v1 cannot tell when a cgroup becomes empty, so wait for one process after the other.
    const Fd waiting(process ? open_pidfd(*process) : -1);
    if (!waiting.valid()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    pollfd ended{waiting.get(), POLLIN, 0};
    ::poll(&ended, 1, -1);
  }
}

// Whoever reads the output of the command must not wait for the keeper.
void let_go_of_everything() {
  ::setsid();
  if (::chdir("/") != 0) return;  // cannot fail; if it did, a file system would stay busy
  ::close_range(0, ~0U, 0);
  ::open("/dev/null", O_RDWR);
  (void)!::dup(0);
  (void)!::dup(0);
}

}  // namespace

Error exec_command(const std::vector<std::string>& command) {
  ::execvp(command.front().c_str(), argument_pointers(command).data());
  return not_executed(command.front(), errno);
}

Result<ContainedCommand> ContainedCommand::start(const std::string& cgroup_directory,
                                                 const std::vector<std::string>& command) {
  const std::string path = cgroup_directory + "/cgroup.procs";
  const Fd processes(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!processes.valid()) {
    return Error{Errc::unavailable, "cannot open " + path, std::strerror(errno)};
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error{Errc::unavailable, "no pipe is left", std::strerror(errno)};
  }
  const Fd report(ends[0]);
  Fd reporting(ends[1]);
  const std::vector<char*> arguments = argument_pointers(command);
  const SignalState before = await_signals();

  const pid_t process = ::fork();
  if (process == 0) become(arguments, processes.get(), before, reporting.get());
  if (process < 0) {
    const int number = errno;
    restore(before);
    return Error{Errc::unavailable, "cannot start a process", std::strerror(number)};
  }
  reporting = Fd();
  Failure failure;
  ssize_t count = 0;
  do {
    count = ::read(report.get(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof failure) return ContainedCommand(process);
  int status = 0;
  wait_for(process, status, 0);
  restore(before);
  if (failure.is_entering) {
    return Error{Errc::unavailable, "cannot enter the cgroup " + cgroup_directory,
                 std::strerror(failure.number)};
  }
  return not_executed(command.front(), failure.number);
}

int ContainedCommand::wait() {
  const sigset_t awaited = awaited_signals();
  for (;;) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&awaited, &info);
    if (signal < 0) continue;  // interrupted by a stop
    if (signal == SIGCHLD) {
      int status = 0;
      if (wait_for(process_, status, WNOHANG) == process_) return exit_code_of(status);
      continue;
    }
    const bool is_of_terminal = info.si_code == SI_KERNEL;
    const bool is_of_command = info.si_code <= 0 && info.si_pid == process_;
    if (!is_of_terminal && !is_of_command) ::kill(process_, signal);
  }
}

Result<> remove_when_empty(LabelledCgroup cgroup) {
  // Twice, so that nobody has to wait for the keeper.
  const pid_t between = ::fork();
  if (between < 0) return Error{Errc::unavailable, "cannot start a process", std::strerror(errno)};
  if (between == 0) {
    let_go_of_everything();
    if (::fork() == 0) keep_until_empty(cgroup);
    ::_exit(0);
  }
  int status = 0;
  wait_for(between, status, 0);
  return {};
}

Result<int> run_and_remove(LabelledCgroup cgroup, const std::vector<std::string>& command) {
  auto running = ContainedCommand::start(cgroup.directory(), command);
  cgroup.settle();
  if (!running) {
    (void)cgroup.remove();  // the error that matters is the command's
    return std::move(running).error();
  }
  const int exit_code = running->wait();
  const Result<bool> removed = cgroup.remove();
  // What the keeper cannot remove either is swept at the next start.
  if (removed && !*removed) (void)remove_when_empty(std::move(cgroup));
  return exit_code;
}

}  // namespace gthulhu
