// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/proc_tasks.h"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/owned.h"
#include "base/text.h"
#include "core/match/task_text.h"

namespace gthulhu {

namespace {

constexpr std::size_t ancestors_max = 32;
using Directory = Owned<DIR, ::closedir>;

Result<std::string> read_whole(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 8'192> piece{};
  ssize_t got = -1;
  while (file.valid() && (got = ::read(file.get(), piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  if (got == 0) return text;
  // A task that ends while its file is open reads as ESRCH.
  const bool is_gone = errno == ENOENT || errno == ESRCH || errno == ENODEV;
  return Error{is_gone ? Errc::not_found : Errc::unavailable,
               "cannot read " + path + ": " + std::strerror(errno), ""};
}

std::vector<pid_t> numbers_in(const std::string& path) {
  std::vector<pid_t> numbers;
  const Directory directory(::opendir(path.c_str()));
  if (!directory) return numbers;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (const auto number = parse_number<pid_t>(entry->d_name)) numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

std::string parse_proc_cgroup(std::string_view text, CgroupVersion version) {
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::vector<std::string_view> controllers =
        split(line.substr(first + 1, second - first - 1), ',');
    const bool is_ours =
        version == CgroupVersion::v2
            ? line.starts_with("0::")
            : std::find(controllers.begin(), controllers.end(), "cpu") != controllers.end();
    if (is_ours) return std::string(line.substr(second + 1));
  }
  return {};
}

Result<TaskStat> ProcTasks::stat(pid_t tid) const {
  const std::string text = TRY(read_whole(proc_ + "/" + std::to_string(tid) + "/stat"));
  const std::optional<TaskStat> found = parse_stat(text);
  if (!found) return Error{Errc::corrupt, "this is no line of /proc/TID/stat", text};
  return *found;
}

Result<std::string> ProcTasks::cgroup(pid_t tid) const {
  const std::string text = TRY(read_whole(proc_ + "/" + std::to_string(tid) + "/cgroup"));
  return parse_proc_cgroup(text, hierarchy_.version);
}

Result<TaskId> ProcTasks::process_of(pid_t tid) const {
  const std::string text = TRY(read_whole(proc_ + "/" + std::to_string(tid) + "/status"));
  const std::optional<pid_t> process = parse_tgid(text);
  if (!process) return Error{Errc::corrupt, "no Tgid in /proc/TID/status", std::to_string(tid)};
  const TaskStat found = TRY(stat(*process));
  return TaskId{*process, found.start_ticks};
}

std::vector<pid_t> ProcTasks::ancestors(pid_t tid) const {
  std::vector<pid_t> result;
  while (result.size() < ancestors_max) {
    const Result<TaskStat> found = stat(tid);
    if (!found || found->parent <= 0) break;
    tid = found->parent;
    result.push_back(tid);
  }
  return result;
}

std::vector<pid_t> ProcTasks::tasks_in(const std::string& cgroup) const {
  const std::string_view file =
      hierarchy_.version == CgroupVersion::v1 ? "/tasks" : "/cgroup.threads";
  const Result<std::string> text = read_whole(hierarchy_.root + cgroup + std::string(file));
  return text ? parse_task_list(*text) : std::vector<pid_t>();
}

std::vector<pid_t> ProcTasks::all_tasks() const {
  std::vector<pid_t> tasks;
  for (const pid_t process : numbers_in(proc_)) {
    const auto threads = numbers_in(proc_ + "/" + std::to_string(process) + "/task");
    tasks.insert(tasks.end(), threads.begin(), threads.end());
  }
  return tasks;
}

Result<std::string> ProcTasks::boot_id() const {
  return std::string(trim(TRY(read_whole(proc_ + "/sys/kernel/random/boot_id"))));
}

bool ProcTasks::autogroup() const {
  const Result<std::string> text = read_whole(proc_ + "/sys/kernel/sched_autogroup_enabled");
  return text && trim(*text) == "1";
}

std::uint64_t ticks_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  constexpr std::uint64_t second_ns = 1'000'000'000;
  return static_cast<std::uint64_t>(now.tv_sec) * per_second +
         static_cast<std::uint64_t>(now.tv_nsec) * per_second / second_ns;
}

}  // namespace gthulhu
