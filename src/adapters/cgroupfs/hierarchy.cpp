// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/hierarchy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "adapters/cgroupfs/small_file.h"
#include "base/text.h"

namespace gthulhu {

namespace {

struct CgroupMount {
  CgroupVersion version = CgroupVersion::v2;
  std::string shown;  // which directory of the hierarchy is the root of the mount
  std::string mount_point;
  std::string super_options;
};

// Blank, tab, line end and backslash are octal in mountinfo.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, 3);
    const bool is_octal = text[i] == '\\' && digits.size() == 3 &&
                          std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; });
    if (!is_octal) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
    i += 3;
  }
  return plain;
}

std::optional<CgroupMount> parse_mount(std::string_view line) {
  const std::vector<std::string_view> fields = split(line, ' ');
  // Six fields, any number of optional ones, "-", then type, source and options.
  const auto dash = std::find(fields.begin() + std::min<std::ptrdiff_t>(6, std::ssize(fields)),
                              fields.end(), "-");
  if (fields.end() - dash < 4) return std::nullopt;
  const std::string_view type = dash[1];
  if (type != "cgroup" && type != "cgroup2") return std::nullopt;
  return CgroupMount{type == "cgroup" ? CgroupVersion::v1 : CgroupVersion::v2, unescape(fields[3]),
                     unescape(fields[4]), std::string(dash[3])};
}

bool has_word(std::string_view text, char separator, std::string_view word) {
  return std::ranges::any_of(split(text, separator),
                             [&](std::string_view part) { return trim(part) == word; });
}

// How far up the mount reaches: above zero it shows more than the own cgroup namespace does, below
// zero less.
int reach(const CgroupMount& mount) {
  int levels = 0;
  for (const std::string_view part : split(mount.shown, '/')) {
    if (part == "..") ++levels;
    if (part != ".." && !part.empty()) --levels;
  }
  return levels;
}

bool offers_cpu(const CgroupMount& mount, const std::string& system_root) {
  if (mount.version == CgroupVersion::v1) return has_word(mount.super_options, ',', "cpu");
  std::string controllers;
  const auto read = read_small_file(
      AT_FDCWD, system_root + mount.mount_point + "/cgroup.controllers", controllers);
  return read && *read == FileState::present && has_word(controllers, ' ', "cpu");
}

bool is_directory(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string without_final_slash(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<CpuHierarchy> find_cpu_hierarchy(const std::string& system_root) {
  const std::string path = system_root + "/proc/self/mountinfo";
  std::string text;
  if (TRY(read_small_file(AT_FDCWD, path, text)) == FileState::gone) {
    return Error{Errc::unavailable, "cannot read " + path, "is /proc mounted?"};
  }
  std::optional<CgroupMount> best;
  for (const std::string_view line : split(text, '\n')) {
    std::optional<CgroupMount> mount = parse_mount(line);
    if (!mount || !offers_cpu(*mount, system_root)) continue;
    if (!best || reach(*mount) > reach(*best)) best = std::move(mount);
  }
  if (!best) {
    return Error{Errc::unsupported, "no cgroup hierarchy with the cpu controller is mounted",
                 "looked at all cgroup and cgroup2 lines of " + path};
  }
  // The same test as sd_booted(3).
  return CpuHierarchy{best->version, without_final_slash(system_root + best->mount_point),
                      is_directory(system_root + "/run/systemd/system")};
}

Result<std::string> cgroup_in(CgroupVersion version, std::string_view proc_cgroup) {
  for (const std::string_view line : split(proc_cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const bool is_it =
        version == CgroupVersion::v2 ? line.starts_with("0::") : has_word(controllers, ',', "cpu");
    if (!is_it) continue;
    std::string path = without_final_slash(std::string(line.substr(second + 1)));
    if (path.find("/..") != std::string::npos) {
      return Error{Errc::unavailable, "the own cgroup is outside of the cgroup namespace", path};
    }
    return path;
  }
  return Error{Errc::unavailable, "the cpu hierarchy is not in /proc/self/cgroup", ""};
}

Result<std::string> own_cgroup(const CpuHierarchy& hierarchy, const std::string& system_root) {
  const std::string path = system_root + "/proc/self/cgroup";
  std::string text;
  if (TRY(read_small_file(AT_FDCWD, path, text)) == FileState::gone) {
    return Error{Errc::unavailable, "cannot read " + path, "is /proc mounted?"};
  }
  return cgroup_in(hierarchy.version, text);
}

}  // namespace gthulhu
