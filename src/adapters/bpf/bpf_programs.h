// SPDX-License-Identifier: Apache-2.0
//
// What our BPF programs have in common: an object file in this program, loaded and attached.
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/owned.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Errc::unsupported with the reason: errno `number` unless it is 0, and what libbpf had to say.
Error bpf_unusable(std::string what, int number);

// Loaded programs and their maps. Detached and unloaded at the end.
//
// Threads: as a value.
class BpfPrograms {
 public:
  // `object` is an object file that was built with cgroup_of.h; `prepare` may change it before the
  // kernel gets it. Errc::unsupported, with the reason, where the kernel does not take it.
  static Result<BpfPrograms> load(const char* name,
                                  std::string_view object,
                                  CgroupVersion cpu_hierarchy,
                                  void (*prepare)(bpf_object&) = nullptr);

  // Does nothing where they are attached. Errc::unsupported as above.
  Result<> attach();
  // A copy of this process that has not called exec() would otherwise keep what is attached.
  void detach();

  // The descriptor of a program that the object has.
  [[nodiscard]] int program(const char* name) const;
  // The descriptor of a map that the object has.
  [[nodiscard]] int map(const char* name) const;

 private:
  using Object = Owned<bpf_object, bpf_object__close>;
  using Link = Owned<bpf_link, bpf_link__destroy>;

  explicit BpfPrograms(Object object) : object_(std::move(object)) {}

  Object object_;
  std::vector<Link> links_;
};

}  // namespace gthulhu
