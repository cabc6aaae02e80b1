// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/bpf_programs.h"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "adapters/bpf/bpf_pins.h"

namespace gthulhu {

namespace {

// Kept for the reason, instead of written to the standard error.
thread_local std::string last_words;  // NOLINT: libbpf's callback takes no context

int keep_words(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  std::array<char, 512> line{};
  const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
  // The first says what is wrong; what follows says that it went wrong. A limit that cannot be
  // raised is of no account since 5.11, where memory of BPF is counted otherwise.
  const bool is_of_account = std::strstr(format, "RLIMIT_MEMLOCK") == nullptr;
  if (size > 0 && last_words.empty() && is_of_account) {
    last_words = line.data();
    last_words.erase(last_words.find_last_not_of("\n ") + 1);
  }
  return size;
}

}  // namespace

Error bpf_unusable(std::string what, int number) {
  std::string detail = number != 0 ? std::strerror(number) : "";
  if (number == EPERM) detail += " (CAP_BPF and CAP_PERFMON are needed)";
  if (!last_words.empty()) detail += detail.empty() ? last_words : "; " + last_words;
  return Error{Errc::unsupported, std::move(what), std::move(detail)};
}

Result<BpfPrograms> BpfPrograms::load(const char* name,
                                      std::string_view object,
                                      CgroupVersion cpu_hierarchy,
                                      void (*prepare)(bpf_object&)) {
  last_words.clear();
  libbpf_set_print(keep_words);
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.object_name = name;
  BpfPrograms programs(Object(bpf_object__open_mem(object.data(), object.size(), &options)));
  bpf_object* const opened = programs.object_.get();
  if (opened == nullptr) return bpf_unusable("the BPF programs cannot be opened", errno);
  bpf_map* const constants = bpf_object__find_map_by_name(opened, ".rodata");
  std::size_t bytes = 0;
  void* const value = constants == nullptr ? nullptr : bpf_map__initial_value(constants, &bytes);
  if (value == nullptr || bytes == 0) return bpf_unusable("the BPF programs have no constants", 0);
  const bool is_v1 = cpu_hierarchy == CgroupVersion::v1;
  std::memcpy(value, &is_v1, sizeof is_v1);
  if (prepare != nullptr) prepare(*opened);
  if (const int error = bpf_object__load(opened)) {
    return bpf_unusable("the kernel does not take the BPF programs", -error);
  }
  return programs;
}

Result<> BpfPrograms::attach() {
  if (!links_.empty()) return {};
  last_words.clear();
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object_.get()) {
    const bpf_prog_type type = bpf_program__type(program);
    if (type == BPF_PROG_TYPE_STRUCT_OPS || type == BPF_PROG_TYPE_SYSCALL) continue;
    Link link(bpf_program__attach(program));
    if (link == nullptr) {
      Error error = bpf_unusable(
          std::string("cannot attach to ") + bpf_program__section_name(program), errno);
      detach();
      return error;
    }
    links_.push_back(std::move(link));
  }
  // Those are attached by the map that names them, when all else is in place.
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object_.get()) {
    if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS) continue;
    Link link(bpf_map__attach_struct_ops(map));
    if (link == nullptr) {
      Error error = bpf_unusable(std::string("cannot attach ") + bpf_map__name(map), errno);
      detach();
      return error;
    }
    links_.push_back(std::move(link));
  }
  return {};
}

void BpfPrograms::detach() {
  for (const Link& link : links_) bpf_link__detach(link.get());
  links_.clear();
}

int BpfPrograms::program(const char* name) const {
  if (object_ != nullptr) {
    const bpf_program* const found = bpf_object__find_program_by_name(object_.get(), name);
    return found == nullptr ? -1 : bpf_program__fd(found);
  }
  const auto found = pinned_.find(pin_of_program(name));
  return found == pinned_.end() ? -1 : found->second.get();
}

int BpfPrograms::map(const char* name) const {
  if (object_ != nullptr) {
    const bpf_map* const found = bpf_object__find_map_by_name(object_.get(), name);
    return found == nullptr ? -1 : bpf_map__fd(found);
  }
  const auto found = pinned_.find(pin_of_map(name));
  return found == pinned_.end() ? -1 : found->second.get();
}

}  // namespace gthulhu
