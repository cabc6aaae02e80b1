// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/probe.h"

#include <unistd.h>

#include <fstream>
#include <optional>

#include "adapters/bpf/kernel_btf.h"
#include "base/text.h"

namespace gthulhu {

namespace {

// Takes a number and a node of memory.
constexpr const char* known_function = "scx_bpf_create_dsq";
constexpr std::size_t known_parameters = 2;

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return std::string(trim(line));
}

std::string state(const std::string& sysfs) {
  return first_line(sysfs + "/kernel/sched_ext/state");
}

}  // namespace

std::string attached_scheduler(const std::string& sysfs) {
  if (state(sysfs) != "enabled") return {};
  const std::string name = first_line(sysfs + "/kernel/sched_ext/root/ops");
  return name.empty() ? "without a name" : name;
}

bool is_vacant(const std::string& sysfs) {
  return state(sysfs) == "disabled";
}

std::uint64_t bounced_tasks(const std::string& sysfs) {
  std::ifstream file(sysfs + "/kernel/sched_ext/root/events");
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  while (file >> name >> count) {
    if (name == "SCX_EV_SELECT_CPU_FALLBACK" || name == "SCX_EV_DISPATCH_LOCAL_DSQ_OFFLINE") {
      sum += count;
    }
  }
  return sum;
}

std::string thread_name(const std::string& proc, pid_t thread) {
  return first_line(proc + "/" + std::to_string(thread) + "/comm");
}

std::string why_unusable(const KernelFiles& files) {
  if (::access((files.sysfs + "/kernel/sched_ext").c_str(), F_OK) != 0) {
    return "the kernel has no sched_ext";
  }
  const auto parameters = parameters_in_btf(files.btf, known_function);
  if (!parameters) return parameters.error().text();
  const std::optional<std::size_t> found = *parameters;
  if (!found) return std::string("the kernel's BTF does not name ") + known_function;
  if (*found > known_parameters) {
    return "the kernel's BTF is malformed: the pahole that it was built with shows hidden "
           "arguments, and so the kernel refuses every call of a scheduler";
  }
  return {};
}

}  // namespace gthulhu
