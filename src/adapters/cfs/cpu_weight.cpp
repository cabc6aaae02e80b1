// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/cpu_weight.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/owned.h"
#include "base/text.h"
#include "core/match/cgroup_path.h"

namespace gthulhu {

namespace {

// systemd's scale is that of cpu.weight (cgroup_cpu_weight_to_shares() in its src/core/cgroup.c).
constexpr std::uint64_t default_shares = 1'024;
constexpr std::uint64_t default_weight = 100;

Error failure(std::string_view what, const std::string& path) {
  const int reason = errno;
  Errc code = Errc::unavailable;
  if (reason == ENOENT || reason == ENODEV || reason == ENOTDIR) code = Errc::not_found;
  if (reason == EPERM || reason == EACCES || reason == EROFS) code = Errc::forbidden;
  return Error{code, std::string(what) + " " + path + ": " + std::strerror(reason), ""};
}

bool climbs(std::string_view path) {
  const std::vector<std::string_view> parts = split(path, '/');
  return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

std::uint64_t weight_of_shares(std::uint64_t shares) {
  const std::uint64_t weight = (shares * default_weight + default_shares / 2) / default_shares;
  return std::clamp<std::uint64_t>(weight, 1, 10'000);
}

std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Result<std::string> KernelCgroupFiles::read(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> text{};
  const ssize_t got = file.valid() ? ::read(file.get(), text.data(), text.size()) : -1;
  if (got < 0) return failure("cannot read", path);
  return std::string(text.data(), static_cast<std::size_t>(got));
}

Result<> KernelCgroupFiles::write(const std::string& path, std::string_view text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() || ::write(file.get(), text.data(), text.size()) < 0) {
    return failure("cannot write", path);
  }
  return {};
}

Result<ino_t> KernelCgroupFiles::inode(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return failure("cannot look at", path);
  return found.st_ino;
}

std::string unit_of(std::string_view path) {
  const std::string_view name = last_component(path);
  for (const std::string_view kind : {".service", ".scope", ".slice"}) {
    if (name.size() > kind.size() && name.ends_with(kind)) return std::string(name);
  }
  return {};
}

bool is_kubelet_owned(std::string_view path) {
  const std::vector<std::string_view> parts = split(path, '/');
  if (parse_cgroup_path(path)) return true;
  return std::any_of(parts.begin(), parts.end(),
                     [](std::string_view part) { return part.starts_with("kubepods"); });
}

std::string CpuWeights::file(const std::string& path, std::string_view name) const {
  return hierarchy_.root + path + '/' + std::string(name);
}

std::string_view CpuWeights::weight_name() const {
  return hierarchy_.version == CgroupVersion::v1 ? "cpu.shares" : "cpu.weight";
}

std::string CpuWeights::unit(const std::string& path) const {
  return hierarchy_.systemd ? unit_of(path) : std::string();
}

GroupValues CpuWeights::fresh() const {
  return {hierarchy_.version == CgroupVersion::v1 ? default_shares : default_weight, false};
}

SeenGroup CpuWeights::look(const std::string& path) {
  using What = SeenGroup::What;
  if (path.empty() || path == "/") return {What::no_weight, 0, {}};
  if (climbs(path)) return {};  // outside this cgroup namespace
  const auto missing = [](const Error& error) { return error.code == Errc::not_found; };

  const Result<ino_t> inode = files_.inode(hierarchy_.root + path);
  if (!inode) return {missing(inode.error()) ? What::gone : What::unreadable, 0, {}};
  SeenGroup seen{What::group, *inode, {}};
  const Result<std::string> idle = files_.read(file(path, "cpu.idle"));
  seen.values.idle = idle && trim(*idle) == "1";
  const Result<std::string> text = files_.read(file(path, weight_name()));
  if (!text && missing(text.error())) {
    seen.what = What::no_weight;
    return seen;
  }
  const auto weight = text ? parse_number<std::uint64_t>(trim(*text)) : std::nullopt;
  const bool idle_unknown = !idle && !missing(idle.error());
  if (idle_unknown || !weight) {
    seen.what = What::unreadable;
  } else if (!seen.values.idle) {
    seen.values.weight = *weight;
  }
  return seen;
}

std::string CpuWeights::nearest_group(std::string path) {
  while (!path.empty() && path != "/") {
    if (look(path).what == SeenGroup::What::group) return path;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
  return {};
}

bool CpuWeights::is_in_root_group(const std::string& path) {
  return nearest_group(path).empty();
}

bool CpuWeights::is_in_own_group(const std::string& path) {
  const std::string group = nearest_group(path);
  if (group.empty()) return false;
  // Of a slice above the task's own cgroup other workloads are members too.
  return group == path || !group.ends_with(".slice") || parse_cgroup_path(group).has_value();
}

Result<std::string> CpuWeights::property(const std::string& path) {
  const std::string name = unit(path);
  if (name.empty()) return std::string("-");
  return systemctl_.cpu_weight(name);
}

std::string CpuWeights::property_of(const std::string& path, const GroupValues& values) const {
  if (unit(path).empty()) return "-";
  if (values.idle) return "idle";
  const bool is_v1 = hierarchy_.version == CgroupVersion::v1;
  return std::to_string(is_v1 ? weight_of_shares(values.weight) : values.weight);
}

GroupValues CpuWeights::as_read(const std::string& path, const GroupValues& values) const {
  if (unit(path).empty() || hierarchy_.version == CgroupVersion::v2 || values.idle) return values;
  const std::uint64_t shares = weight_of_shares(values.weight) * default_shares / default_weight;
  return GroupValues{std::max<std::uint64_t>(shares, 2), false};
}

Result<> CpuWeights::write(const std::string& path,
                           const GroupValues& from,
                           const GroupValues& to,
                           std::string_view property) {
  if (const std::string name = unit(path); !name.empty()) {
    const bool is_original = !property.empty() && property != "-";
    return systemctl_.set_cpu_weight(name,
                                     is_original ? std::string(property) : property_of(path, to));
  }
  if (to.idle) return files_.write(file(path, "cpu.idle"), "1");
  // An idle cgroup takes no weight, and leaving idle resets it (sched_group_set_idle()).
  if (from.idle) TRY(files_.write(file(path, "cpu.idle"), "0"));
  return files_.write(file(path, weight_name()), std::to_string(to.weight));
}

}  // namespace gthulhu
