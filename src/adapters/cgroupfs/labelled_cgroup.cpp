// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/labelled_cgroup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/cgroupfs/small_file.h"
#include "base/text.h"

namespace gthulhu {

namespace {

// A task that was waited for may count for a moment longer.
constexpr int removal_tries = 25;
constexpr std::chrono::milliseconds removal_pause{2};
// How often /gthulhu may be removed by somebody else between its making and its locking.
constexpr int lock_tries = 100;

Error failed(const std::string& what, int number) {
  const bool is_right = number == EACCES || number == EPERM || number == EROFS;
  return Error{is_right ? Errc::forbidden : Errc::unavailable, what, std::strerror(number)};
}

std::vector<std::string> children_of(const std::string& directory) {
  std::vector<std::string> children;
  std::error_code broken;  // a directory that vanishes has no children
  for (std::filesystem::directory_iterator entry(directory, broken), end; !broken && entry != end;
       entry.increment(broken)) {
    std::error_code gone;
    if (entry->symlink_status(gone).type() == std::filesystem::file_type::directory) {
      children.push_back(entry->path().string());
    }
  }
  return children;
}

std::string content_of(const std::string& path) {
  std::string content;
  const auto read = read_small_file(AT_FDCWD, path, content);
  return read && *read == FileState::present ? content : std::string();
}

std::optional<pid_t> process_at_or_below(const std::string& directory) {
  const std::string processes = content_of(directory + "/cgroup.procs");
  if (const auto process = parse_number<pid_t>(processes.substr(0, processes.find('\n')))) {
    return process;
  }
  for (const std::string& child : children_of(directory)) {
    if (const auto process = process_at_or_below(child)) return process;
  }
  return std::nullopt;
}

bool is_populated(const std::string& directory) {
  const std::string events = content_of(directory + "/cgroup.events");  // v2 only
  return events.find("populated 1") != std::string::npos ||
         process_at_or_below(directory).has_value();
}

// 0, or the number of what is in the way.
int remove_tree(const std::string& directory) {
  for (const std::string& child : children_of(directory)) {
    if (const int number = remove_tree(child); number != 0) return number;
  }
  return ::rmdir(directory.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

bool enables_cpu(const std::string& directory) {
  const std::string enabled = content_of(directory + "/cgroup.subtree_control");
  return std::ranges::any_of(split(enabled, ' '),
                             [](std::string_view name) { return trim(name) == "cpu"; });
}

// In both cases a failure leaves a cgroup without the controller, which is good enough (design F2).
void enable_cpu_for_runs(const std::string& root, const std::string& runs) {
  if (!enables_cpu(root)) {
    for (const std::string& child : children_of(root)) {
      if (child != runs && is_populated(child)) return;
    }
    (void)write_small_file(root + "/cgroup.subtree_control", "+cpu");
  }
  if (!enables_cpu(runs)) (void)write_small_file(runs + "/cgroup.subtree_control", "+cpu");
}

Fd open_directory(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// 0 when there is none.
ino_t inode_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool is_still_at(const Fd& directory, const std::string& path) {
  struct stat held{};
  return ::fstat(directory.get(), &held) == 0 && held.st_ino == inode_of(path);
}

// Makes /gthulhu and holds it, so that nobody removes it or what is made in it.
Result<Fd> hold_runs(const std::string& runs) {
  for (int i = 0; i < lock_tries; ++i) {
    if (::mkdir(runs.c_str(), 0755) != 0 && errno != EEXIST) {
      return failed("cannot make the cgroup " + runs, errno);
    }
    Fd lock = open_directory(runs);
    if (!lock.valid()) continue;
    if (::flock(lock.get(), LOCK_SH) != 0) return failed("cannot lock " + runs, errno);
    if (is_still_at(lock, runs)) return lock;
  }
  return Error{Errc::unavailable, "cannot make the cgroup " + runs,
               "it is removed again and again"};
}

// Nothing when somebody is just making a cgroup in it.
std::optional<Fd> hold_runs_alone(const std::string& runs) {
  Fd lock = open_directory(runs);
  if (!lock.valid() || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return lock;
}

}  // namespace

std::string new_run_id(std::string_view name, Random& random) {
  constexpr std::size_t readable_most = 32;
  std::string id;
  for (const char c : name.substr(0, readable_most)) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_legal = is_letter || (c >= '0' && c <= '9') || c == '_' || c == '.';
    id += is_legal && !(c == '.' && id.empty()) ? c : '-';
  }
  std::array<std::byte, 4> chance{};
  random.fill(chance);
  return (id.empty() ? "run" : id) + "-" + to_hex(std::span<const std::byte>(chance));
}

Result<LabelledCgroup> LabelledCgroup::create(const CpuHierarchy& hierarchy,
                                              const std::string& id,
                                              const GivenLabels& given) {
  const std::string runs = hierarchy.root + std::string(runs_directory);
  Fd lock = TRY(hold_runs(runs));
  if (hierarchy.version == CgroupVersion::v2) enable_cpu_for_runs(hierarchy.root, runs);
  LabelledCgroup cgroup(hierarchy.root, std::string(runs_directory) + "/" + id, std::move(lock));
  if (::mkdir(cgroup.directory().c_str(), 0755) != 0) {
    if (errno == EEXIST) {
      return Error{Errc::conflict, "there is a cgroup " + cgroup.path() + " already", ""};
    }
    return failed("cannot make the cgroup " + cgroup.directory(), errno);
  }
  cgroup.inode_ = inode_of(cgroup.directory());
  Result<> labelled = write_given_labels(cgroup.directory(), given);
  if (!labelled) {
    cgroup.settle();
    (void)cgroup.remove();  // nobody is in it; otherwise the next sweep takes it
    return std::move(labelled).error();
  }
  return cgroup;
}

Result<bool> LabelledCgroup::remove() {
  for (int i = 0; i < removal_tries; ++i) {
    if (inode_of(directory()) != inode_) return true;
    if (some_process()) return false;
    const int number = is_populated(directory()) ? EBUSY : remove_tree(directory());
    if (number == 0) {
      const std::string runs = root_ + std::string(runs_directory);
      // Fails when another run's cgroup is in it.
      if (const auto lock = hold_runs_alone(runs)) ::rmdir(runs.c_str());
      return true;
    }
    if (number != EBUSY) return failed("cannot remove " + directory(), number);
    std::this_thread::sleep_for(removal_pause);
  }
  return false;
}

std::optional<pid_t> LabelledCgroup::some_process() const {
  return process_at_or_below(directory());
}

Result<> sweep_leftovers(const CpuHierarchy& hierarchy) {
  const std::string runs = hierarchy.root + std::string(runs_directory);
  const auto lock = hold_runs_alone(runs);
  if (!lock) return {};  // there is none, or the next sweep takes what this one leaves
  for (const std::string& child : children_of(runs)) {
    if (is_populated(child)) continue;
    const int number = remove_tree(child);
    // Busy again: somebody has entered it in the meantime.
    if (number != 0 && number != EBUSY) return failed("cannot remove the cgroup " + child, number);
  }
  ::rmdir(runs.c_str());  // fails when something is in it
  return {};
}

}  // namespace gthulhu
