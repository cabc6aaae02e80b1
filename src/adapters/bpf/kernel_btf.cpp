// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/kernel_btf.h"

#include <bpf/btf.h>

#include <cerrno>
#include <cstring>

#include "base/owned.h"

namespace gthulhu {

Result<std::optional<std::size_t>> parameters_in_btf(const std::string& btf,
                                                     const std::string& function) {
  const Owned<struct btf, btf__free> types(btf__parse_raw(btf.c_str()));
  if (types == nullptr) {
    return Error{Errc::unsupported, "the kernel's BTF cannot be read",
                 btf + ": " + std::strerror(errno)};
  }
  const int found = btf__find_by_name_kind(types.get(), function.c_str(), BTF_KIND_FUNC);
  if (found < 0) return std::optional<std::size_t>();
  const btf_type* const declared = btf__type_by_id(types.get(), static_cast<__u32>(found));
  const btf_type* const prototype = btf__type_by_id(types.get(), declared->type);
  if (prototype == nullptr || !btf_is_func_proto(prototype)) {
    return Error{Errc::unsupported, "the kernel's BTF cannot be read", btf + ": " + function};
  }
  return std::optional<std::size_t>(btf_vlen(prototype));
}

}  // namespace gthulhu
