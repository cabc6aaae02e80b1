// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/kernel_operations.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "base/owned.h"

namespace gthulhu {

namespace {

// cgroup_set_bandwidth: since 6.17.
constexpr std::array optional_operations{"cgroup_set_bandwidth"};

// In bytes.
std::optional<std::size_t> offset_of(const btf* types, const char* operation) {
  const int found = btf__find_by_name_kind(types, "sched_ext_ops", BTF_KIND_STRUCT);
  if (found < 0) return std::nullopt;
  const btf_type* const type = btf__type_by_id(types, static_cast<__u32>(found));
  for (__u32 i = 0; const btf_member& member : std::span(btf_members(type), btf_vlen(type))) {
    const char* const name = btf__name_by_offset(types, member.name_off);
    if (name != nullptr && std::strcmp(name, operation) == 0) {
      return btf_member_bit_offset(type, i) / 8;
    }
    ++i;
  }
  return std::nullopt;
}

// Of an enumerator, by whatever kind the kernel's compiler had for it.
std::optional<std::uint64_t> value_of(const btf* types, const char* enumeration, const char* name) {
  const auto is_named = [&](__u32 offset) {
    const char* const found = btf__name_by_offset(types, offset);
    return found != nullptr && std::strcmp(found, name) == 0;
  };
  if (const int wide = btf__find_by_name_kind(types, enumeration, BTF_KIND_ENUM64); wide >= 0) {
    const btf_type* const type = btf__type_by_id(types, static_cast<__u32>(wide));
    for (const struct btf_enum64& each : std::span(btf_enum64(type), btf_vlen(type))) {
      if (is_named(each.name_off)) return btf_enum64_value(&each);
    }
  }
  if (const int narrow = btf__find_by_name_kind(types, enumeration, BTF_KIND_ENUM); narrow >= 0) {
    const btf_type* const type = btf__type_by_id(types, static_cast<__u32>(narrow));
    for (const struct btf_enum& each : std::span(btf_enum(type), btf_vlen(type))) {
      if (is_named(each.name_off)) return static_cast<std::uint64_t>(each.val);
    }
  }
  return std::nullopt;
}

}  // namespace

void leave_out_unknown_operations(bpf_object& object) {
  const Owned<btf, btf__free> kernel(btf__load_vmlinux_btf());
  bpf_map* const operations = bpf_object__find_map_by_name(&object, "gthulhu");
  std::size_t bytes = 0;
  void* const at = operations == nullptr ? nullptr : bpf_map__initial_value(operations, &bytes);
  if (kernel == nullptr || at == nullptr) return;
  for (const char* const name : optional_operations) {
    const auto own = offset_of(bpf_object__btf(&object), name);
    if (!own || *own + sizeof(void*) > bytes || offset_of(kernel.get(), name)) continue;
    std::memset(static_cast<std::byte*>(at) + *own, 0, sizeof(void*));
    bpf_program* const program =
        bpf_object__find_program_by_name(&object, (std::string("gthulhu_") + name).c_str());
    if (program != nullptr) bpf_program__set_autoload(program, false);
  }
  const auto flags = offset_of(bpf_object__btf(&object), "flags");
  const auto known = value_of(kernel.get(), "scx_ops_flags", "SCX_OPS_ALL_FLAGS");
  if (!flags || !known || *flags + sizeof(std::uint64_t) > bytes) return;
  std::uint64_t wanted = 0;
  std::memcpy(&wanted, static_cast<std::byte*>(at) + *flags, sizeof(wanted));
  wanted &= *known;
  std::memcpy(static_cast<std::byte*>(at) + *flags, &wanted, sizeof(wanted));
}

}  // namespace gthulhu
