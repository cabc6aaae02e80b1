// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/cpu_limits.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/owned.h"

namespace gthulhu {

namespace {

using Directory = Owned<DIR, ::closedir>;

// Of a leaf: itself and its name in its parent. The kernel counts subdirectories there
// (kernfs_refresh_inode, fs/kernfs/inode.c); a file system that does not says 1.
constexpr nlink_t links_of_leaf = 2;

bool has_limit(int directory, CgroupVersion version) {
  const bool is_v1 = version == CgroupVersion::v1;
  const Fd file(::openat(directory, is_v1 ? "cpu.cfs_quota_us" : "cpu.max", O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  const ssize_t got = file.valid() ? ::read(file.get(), text.data(), text.size()) : 0;
  if (got <= 0) return false;  // the root, a controller that is off, a cgroup that is gone
  const std::string_view limit(text.data(), static_cast<std::size_t>(got));
  return is_v1 ? limit.front() != '-' && limit.front() != '0' : !limit.starts_with("max");
}

std::vector<std::string> subdirectories(Fd directory) {
  std::vector<std::string> names;
  struct stat status{};
  if (::fstat(directory.get(), &status) != 0 || status.st_nlink == links_of_leaf) return names;
  const int copy = ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0);
  const Directory stream(copy < 0 ? nullptr : ::fdopendir(copy));
  if (stream == nullptr) {
    if (copy >= 0) ::close(copy);
    return names;
  }
  while (const dirent* const entry = ::readdir(stream.get())) {  // NOLINT: a stream of our own
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace

std::optional<std::string> find_cpu_limit(const CpuHierarchy& hierarchy) {
  std::vector<std::string> left{""};
  while (!left.empty()) {
    const std::string path = std::move(left.back());
    left.pop_back();
    Fd directory(::open((hierarchy.root + path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) continue;  // gone meanwhile
    if (has_limit(directory.get(), hierarchy.version)) return path;
    for (const std::string& name : subdirectories(std::move(directory))) {
      left.push_back(path + "/" + name);
    }
  }
  return std::nullopt;
}

}  // namespace gthulhu
