// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/task_files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "adapters/cgroupfs/small_file.h"
#include "base/text.h"

namespace gthulhu {

namespace {

// The first process is always there, and belongs to nobody whom the mount option hidepid spares
// (proc_pid_permission() in fs/proc/base.c).
bool hides_tasks(const Fd& proc) {
  struct statfs file_system{};
  if (::fstatfs(proc.get(), &file_system) != 0) return false;
  const bool is_proc = file_system.f_type == PROC_SUPER_MAGIC;
  return is_proc && ::faccessat(proc.get(), "1/stat", F_OK, 0) != 0;
}

}  // namespace

Result<TaskFiles> TaskFiles::open(const std::string& proc_root) {
  Fd proc(::open(proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!proc.valid()) {
    return Error{Errc::unavailable, "cannot open " + proc_root, std::strerror(errno)};
  }
  const bool hides = hides_tasks(proc);
  TaskFiles files(proc_root, std::move(proc));
  if (hides) {
    files.trouble_ =
        proc_root +
        " hides the processes of others (hidepid): CAP_SYS_PTRACE is needed to see them";
  }
  return files;
}

Result<std::optional<TaskStat>> TaskFiles::stat(pid_t tid) {
  const std::string number = std::to_string(tid);
  // /proc/TID/stat sums over all threads of the process each time; this one does not.
  const std::string path = number + "/task/" + number + "/stat";
  if (TRY(read_small_file(proc_.get(), path, buffer_)) == FileState::gone) return std::nullopt;
  auto stat = parse_stat(buffer_);
  if (!stat) return Error{Errc::corrupt, "/proc/" + path + " is not understood", buffer_};
  return stat;
}

Result<std::optional<pid_t>> TaskFiles::process_of(pid_t tid) {
  const std::string path = std::to_string(tid) + "/status";
  if (TRY(read_small_file(proc_.get(), path, buffer_)) == FileState::gone) return std::nullopt;
  auto process = parse_tgid(buffer_);
  if (!process) return Error{Errc::corrupt, "/proc/" + path + " has no Tgid", buffer_};
  return process;
}

Result<std::optional<std::string>> TaskFiles::comm(pid_t tid) {
  const std::string path = std::to_string(tid) + "/comm";
  if (TRY(read_small_file(proc_.get(), path, buffer_)) == FileState::gone) return std::nullopt;
  std::string comm = buffer_;
  if (comm.ends_with('\n')) comm.pop_back();
  return comm;
}

Result<std::vector<pid_t>> TaskFiles::threads_of(pid_t process) {
  const std::string path = root_ + "/" + std::to_string(process) + "/task";
  std::vector<pid_t> threads;
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (const auto tid = parse_number<pid_t>(entry->path().filename().native())) {
      threads.push_back(*tid);
    }
  }
  const bool has_ended =
      error == std::errc::no_such_file_or_directory || error == std::errc::no_such_process;
  if (error && !has_ended) {
    return Error{Errc::unavailable, "cannot list " + path, error.message()};
  }
  std::ranges::sort(threads);
  return threads;
}

Result<std::optional<Program>> TaskFiles::program(pid_t process) {
  const std::string folder = std::to_string(process);
  Program program;
  std::array<char, PATH_MAX> link{};
  const ssize_t size =
      ::readlinkat(proc_.get(), (folder + "/exe").c_str(), link.data(), link.size());
  if (size >= 0) {
    program.exe.assign(link.data(), static_cast<std::size_t>(size));
    // fs/d_path.c writes so of a file that has no name any more.
    constexpr std::string_view deleted = " (deleted)";
    if (program.exe.ends_with(deleted)) program.exe.resize(program.exe.size() - deleted.size());
  } else if (errno == EACCES || errno == EPERM) {
    trouble_ = root_ + "/" + folder +
               "/exe cannot be read, which a strategy asks for: CAP_SYS_PTRACE is needed";
  }
  const Fd file(::openat(proc_.get(), (folder + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && (errno == ENOENT || errno == ESRCH)) return std::nullopt;
  if (!file.valid()) {
    return Error{Errc::unavailable, "cannot read " + root_ + "/" + folder + "/cmdline",
                 std::strerror(errno)};
  }
  // However long it is, no more is read.
  std::string& text = program.cmdline;
  text.resize(Program::cmdline_most);
  const ssize_t read = ::read(file.get(), text.data(), text.size());
  text.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
  while (text.ends_with('\0')) text.pop_back();
  std::ranges::replace(text, '\0', ' ');
  return program;
}

Result<std::optional<std::string>> TaskFiles::cgroups(pid_t tid) {
  const std::string path = std::to_string(tid) + "/cgroup";
  if (TRY(read_small_file(proc_.get(), path, buffer_)) == FileState::gone) return std::nullopt;
  return buffer_;
}

Result<std::optional<TaskUsage>> TaskFiles::usage(TaskId task) {
  const std::string folder = std::to_string(task.tid);
  TaskUsage usage;
  if (TRY(read_small_file(proc_.get(), folder + "/schedstat", buffer_)) == FileState::present) {
    take_schedstat(buffer_, usage);
  }
  const FileState sched = TRY(read_small_file(proc_.get(), folder + "/sched", buffer_));
  if (sched == FileState::gone || !take_sched(buffer_, usage)) {
    if (TRY(read_small_file(proc_.get(), folder + "/status", buffer_)) == FileState::present) {
      take_status(buffer_, usage);
    }
  }
  // Last: as long as this is the task, so was what was read before.
  const auto stat = TRY(this->stat(task.tid));
  if (!stat || stat->start_ticks != task.start_ticks) return std::nullopt;
  return usage;
}

}  // namespace gthulhu
