// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/process_look.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/cgroupfs/hierarchy.h"
#include "adapters/cgroupfs/small_file.h"
#include "core/match/task_text.h"

namespace gthulhu {

ProcessLook::ProcessLook(CpuHierarchy hierarchy, TaskFiles files, Fd root)
    : hierarchy_(std::move(hierarchy)), files_(std::move(files)), root_(std::move(root)) {}

Result<ProcessLook> ProcessLook::open(const CpuHierarchy& hierarchy, const std::string& proc_root) {
  TaskFiles files = TRY(TaskFiles::open(proc_root));
  Fd root(::open(hierarchy.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) {
    return Error{Errc::unavailable, "cannot open " + hierarchy.root, std::strerror(errno)};
  }
  return ProcessLook(hierarchy, std::move(files), std::move(root));
}

void ProcessLook::workloads_are(const CgroupTree::Workloads& workloads) {
  cgroups_.clear();
  paths_.clear();
  for (const auto& [uid, workload] : workloads) {
    for (const Workload::Directory& directory : workload.directories) {
      const CgroupId id{directory.inode};
      cgroups_.emplace(directory.path, id);
      paths_.emplace(id, directory.path);
    }
  }
}

Result<ProcessLook::Members> ProcessLook::members(const std::vector<CgroupId>& cgroups) {
  Members members;
  members.are_fresh = hierarchy_.version == CgroupVersion::v2;
  for (const CgroupId cgroup : cgroups) TRY(add_members(cgroup, members));
  return members;
}

Result<> ProcessLook::add_members(CgroupId cgroup, Members& members) {
  const auto path = paths_.find(cgroup);
  if (path == paths_.end()) return {};
  const char* file = hierarchy_.version == CgroupVersion::v1 ? "/tasks" : "/cgroup.threads";
  std::string text;
  const std::string directory = path->second.substr(1);
  if (TRY(read_small_file(root_.get(), directory + file, text)) == FileState::gone) return {};
  const std::vector<pid_t> threads = parse_task_list(text);
  for (const pid_t tid : threads) members.places.insert_or_assign(tid, cgroup);
  // Below a threaded cgroup there is no list of processes.
  const Result<FileState> listed = read_small_file(root_.get(), directory + "/cgroup.procs", text);
  if (listed && *listed == FileState::present) {
    for (const pid_t process : parse_task_list(text)) members.processes.insert(process);
    return {};
  }
  for (const pid_t tid : threads) {
    const auto process = TRY(files_.process_of(tid));
    if (process) members.processes.insert(*process);
  }
  return {};
}

Result<std::optional<FoundProcess>> ProcessLook::process(pid_t number,
                                                         const Members& members,
                                                         const std::optional<Place>& told) {
  // The first thread may have ended before the others.
  const auto first = TRY(files_.stat(number));
  if (!first) return std::nullopt;
  FoundProcess found{{number, first->start_ticks}, first->parent, first->comm, {}};
  for (const pid_t tid : TRY(files_.threads_of(number))) {
    const auto stat = tid == number ? first : TRY(files_.stat(tid));
    if (!stat || stat->is_ending) continue;
    const TaskId id{tid, stat->start_ticks};
    const auto member = members.places.find(tid);
    const bool is_member = member != members.places.end();
    std::optional<CgroupId> place;
    if (told && told->task == (told->with_threads ? found.id : id)) place = told->cgroup;
    if (!place && is_member && members.are_fresh) place = member->second;
    if (!place) place = TRY(place_of(tid));
    if (!place && is_member) place = member->second;
    // What cannot be told is where the others are.
    if (!place && !found.threads.empty()) place = found.threads.back().cgroup;
    found.threads.push_back({{id, stat->comm}, place.value_or(CgroupId{})});
  }
  if (found.threads.empty()) return std::nullopt;
  return found;
}

Result<std::optional<CgroupId>> ProcessLook::place_of(pid_t tid) {
  const auto text = TRY(files_.cgroups(tid));
  if (!text) return std::nullopt;
  const Result<std::string> path = cgroup_in(hierarchy_.version, *text);
  if (!path) return std::nullopt;  // outside of what this program sees
  if (!path->starts_with(hierarchy_.shown_as)) return CgroupId{};
  const auto known = cgroups_.find(path->substr(hierarchy_.shown_as.size()));
  return known == cgroups_.end() ? CgroupId{} : known->second;
}

}  // namespace gthulhu
