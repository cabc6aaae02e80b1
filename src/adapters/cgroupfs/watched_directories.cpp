// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/watched_directories.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace gthulhu {

namespace {

using Directory = Owned<DIR, ::closedir>;

std::vector<std::string> children_of(const std::string& path) {
  std::vector<std::string> names;
  const Directory directory(::opendir(path.c_str()));
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    const bool may_be_one = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
    if (may_be_one && name != "." && name != "..") names.push_back(name);
  }
  return names;
}

constexpr std::uint32_t interest =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR;

}  // namespace

WatchedDirectories::WatchedDirectories(std::string root, std::size_t watches_most)
    : root_(std::move(root)),
      watches_most_(watches_most),
      events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

Result<WatchedDirectories> WatchedDirectories::open(std::string root, std::size_t watches_most) {
  WatchedDirectories directories(std::move(root), watches_most);
  TRY(directories.rescan());
  return directories;
}

Result<bool> WatchedDirectories::rescan() {
  ++rescans_;
  lost_events_ = false;
  trouble_ = events_.valid() ? "" : "no inotify instance is left (fs.inotify.max_user_instances)";
  scan("");
  std::vector<std::string> gone;
  for (const auto& [path, directory] : directories_) {
    if (seen_in_[path] != rescans_) gone.push_back(path);
  }
  for (const std::string& path : gone) forget(path);
  return outcome();
}

Result<bool> WatchedDirectories::outcome() {
  if (!directories_.contains("")) {
    return Error{Errc::unavailable, "the cgroup hierarchy cannot be read", root_};
  }
  return std::exchange(changed_, false);
}

Result<bool> WatchedDirectories::read_events() {
  if (!events_.valid()) return outcome();
  alignas(inotify_event) std::array<char, 4'096> buffer{};
  for (;;) {
    const ssize_t count = ::read(events_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      apply(event.wd, event.mask, event.len == 0 ? "" : buffer.data() + at + sizeof event);
      at += sizeof event + event.len;
    }
  }
  return lost_events_ ? rescan() : outcome();
}

void WatchedDirectories::apply(int watch, std::uint32_t mask, const std::string& name) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    lost_events_ = true;
    return;
  }
  const auto known = path_of_watch_.find(watch);
  if (known == path_of_watch_.end()) return;  // of a directory that is gone
  const std::string parent = known->second;
  if ((mask & IN_IGNORED) != 0) {
    watch_of_path_.erase(parent);
    path_of_watch_.erase(known);
    return;
  }
  if (name.empty()) {
    if ((mask & IN_ATTRIB) != 0) scan(parent);
    return;
  }
  if ((mask & IN_ISDIR) == 0) return;
  const std::string path = parent + "/" + name;
  if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) scan(path);
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) forget(path);
}

void WatchedDirectories::scan(const std::string& path) {
  // The watch first: what is made below after it sends an event, what was made before is seen here.
  watch(path);
  struct stat status{};
  if (::stat((root_ + path).c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    forget(path);
    return;
  }
  look_at(path, status.st_ino);
  // Like most file systems cgroupfs counts each child's ".." as a link to the directory.
  if (status.st_nlink == 2) return;
  for (const std::string& name : children_of(root_ + path)) {
    struct stat child{};
    const std::string child_path = path + "/" + name;
    if (::lstat((root_ + child_path).c_str(), &child) == 0 && S_ISDIR(child.st_mode)) {
      scan(child_path);
    }
  }
}

void WatchedDirectories::look_at(const std::string& path, std::uint64_t inode) {
  CgroupDirectory now{inode, read_given_labels(root_ + path)};
  const auto [entry, is_new] = directories_.try_emplace(path);
  if (is_new || entry->second != now) {
    entry->second = std::move(now);
    changed_ = true;
  }
  seen_in_[path] = rescans_;
}

void WatchedDirectories::watch(const std::string& path) {
  if (!events_.valid()) return;
  const auto known = watch_of_path_.find(path);
  int added = -1;
  if (known != watch_of_path_.end() || watch_of_path_.size() < watches_most_) {
    added = ::inotify_add_watch(events_.get(), (root_ + path).c_str(), interest);
  } else {
    errno = ENOSPC;
  }
  if (added < 0) {
    if (errno == ENOSPC || errno == ENOMEM) {
      trouble_ = "no inotify watch is left for " + path + " (fs.inotify.max_user_watches)";
    }
    return;
  }
  if (known != watch_of_path_.end() && known->second == added) return;
  unwatch(path);  // of another directory that had this name
  // After a rename the kernel gives the watch that it had under the old name.
  if (const auto old = path_of_watch_.find(added); old != path_of_watch_.end()) {
    watch_of_path_.erase(old->second);
  }
  watch_of_path_[path] = added;
  path_of_watch_[added] = path;
}

void WatchedDirectories::unwatch(const std::string& path) {
  const auto known = watch_of_path_.find(path);
  if (known == watch_of_path_.end()) return;
  // A removed cgroup does not end its watch by itself (design F5).
  ::inotify_rm_watch(events_.get(), known->second);
  path_of_watch_.erase(known->second);
  watch_of_path_.erase(known);
}

void WatchedDirectories::forget(const std::string& path) {
  auto entry = directories_.lower_bound(path);
  while (entry != directories_.end() && is_at_or_below(entry->first, path)) {
    unwatch(entry->first);
    seen_in_.erase(entry->first);
    entry = directories_.erase(entry);
    changed_ = true;
  }
  unwatch(path);
}

}  // namespace gthulhu
