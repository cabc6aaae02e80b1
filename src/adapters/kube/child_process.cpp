// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/owned.h"
#include "base/text.h"

namespace gthulhu {
namespace {

Error not_started(const std::string& program, int reason) {
  const bool missing = reason == ENOENT || reason == ENOTDIR || reason == EACCES;
  return {missing ? Errc::not_found : Errc::unavailable,
          program + " cannot be started: " + std::strerror(reason), ""};
}

// The program's end of the pipe waits for room; ours never waits.
struct Pipe {
  Fd ours;
  Fd childs;

  static Result<Pipe> open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return Error{Errc::unavailable, "no pipe is left", std::strerror(errno)};
    }
    Pipe pipe{Fd(ends[0]), Fd(ends[1])};
    ::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK);
    return pipe;
  }
};

// What posix_spawn is told besides the command, freed with the object.
class SpawnOptions {
 public:
  SpawnOptions(int output, int complaints) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, complaints, STDERR_FILENO);
    // Ours are closed by themselves; this is for those that a library opened without saying so.
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);

    // Signals as they are for a program that a shell starts.
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnOptions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A process that was started; killed, with its group, unless it was waited for.
class Child {
 public:
  static Result<Child> start(const ChildCommand& command, int output, int complaints) {
    std::vector<std::string> words{command.program};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> variables;
    for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);

    const SpawnOptions options(output, complaints);
    pid_t process = 0;
    const int failed =
        ::posix_spawn(&process, command.program.c_str(), options.actions(), options.attributes(),
                      pointers_to(words).data(), pointers_to(variables).data());
    if (failed != 0) return not_started(command.program, failed);
    return Child(process);
  }
  Child(Child&& other) noexcept : process_(std::exchange(other.process_, 0)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (process_ == 0) return;
    ::kill(-process_, SIGKILL);
    wait();
  }

  // Readable when the process has ended. The wrapper of glibc 2.36 cannot be called from C++: its
  // header has no extern "C".
  [[nodiscard]] Fd end() const {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0U)));
  }

  int wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  explicit Child(pid_t process) : process_(process) {}

  pid_t process_;
};

// Readable when that much time has passed; at once for none.
Fd timer(std::chrono::milliseconds timeout) {
  Fd made(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = std::chrono::nanoseconds(timeout - seconds).count();
  if (timeout.count() <= 0) when.it_value.tv_nsec = 1;
  if (made.valid()) ::timerfd_settime(made.get(), 0, &when, nullptr);
  return made;
}

enum class Reading : std::uint8_t { more_later, at_end };

// Appends what is there by now, up to `most` bytes and one piece: whoever writes without end must
// not keep us here.
Reading read_available(const Fd& file, std::string& text, std::size_t most) {
  std::array<char, 16'384> piece{};
  std::size_t taken = 0;
  while (taken <= most) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return Reading::more_later;
    if (got <= 0) return Reading::at_end;
    text.append(piece.data(), static_cast<std::size_t>(got));
    taken += static_cast<std::size_t>(got);
  }
  return Reading::more_later;
}

// One run, from its start to its end.
class Run {
 public:
  Run(const ChildCommand& command, Pipe& output, Pipe& complaints)
      : command_(command), output_(output.ours), complaints_(complaints.ours) {}

  Result<> follow(const Child& child) {
    const Fd end = child.end();
    const Fd late = timer(command_.timeout);
    if (!end.valid() || !late.valid()) {
      return failure(Errc::unavailable,
                     std::string("cannot be waited for: ") + std::strerror(errno));
    }
    std::array<pollfd, 4> files{{{end.get(), POLLIN, 0},
                                 {late.get(), POLLIN, 0},
                                 {output_.get(), POLLIN, 0},
                                 {complaints_.get(), POLLIN, 0}}};
    for (;;) {
      if (::poll(files.data(), files.size(), -1) < 0) continue;  // a signal came
      const bool ended = files[0].revents != 0;
      if (read_output() == Reading::at_end) files[2].fd = -1;
      if (read_complaints() == Reading::at_end) files[3].fd = -1;
      if (outcome.output.size() > command_.output_most) {
        return failure(Errc::too_large,
                       "printed more than " + std::to_string(command_.output_most) + " bytes");
      }
      if (ended) return {};
      if (files[1].revents != 0) {
        return failure(Errc::timeout,
                       "did not end within " + std::to_string(command_.timeout.count()) + " ms");
      }
    }
  }

  ChildOutcome outcome;

 private:
  Reading read_output() {
    return read_available(output_, outcome.output, command_.output_most - outcome.output.size());
  }

  Reading read_complaints() {
    std::string& text = outcome.complaints;
    const Reading reading = read_available(complaints_, text, 64 * 1024);
    if (text.size() > command_.complaints_most) {
      text.erase(0, text.size() - command_.complaints_most);
    }
    return reading;
  }

  Error failure(Errc code, std::string_view what) {
    return {code, command_.program + " " + std::string(what), outcome.complaints};
  }

  const ChildCommand& command_;
  const Fd& output_;
  const Fd& complaints_;
};

}  // namespace

Result<ChildOutcome> run_child(const ChildCommand& command) {
  Pipe output = TRY(Pipe::open());
  Pipe complaints = TRY(Pipe::open());
  Child child = TRY(Child::start(command, output.childs.get(), complaints.childs.get()));
  output.childs = Fd();
  complaints.childs = Fd();
  Run run(command, output, complaints);
  TRY(run.follow(child));
  run.outcome.exit_code = child.wait();
  return std::move(run.outcome);
}

std::string find_program(const std::string& name, const std::string& path_variable) {
  for (const std::string_view folder : split(path_variable, ':')) {
    if (!folder.starts_with('/')) continue;
    std::string path = std::string(folder) + "/" + name;
    struct stat found{};
    const bool is_file = ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
    if (is_file && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

}  // namespace gthulhu
