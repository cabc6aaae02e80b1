// SPDX-License-Identifier: Apache-2.0
//
// What our BPF programs have in common: an object file in this program, loaded and attached.
#pragma once

#include <bpf/libbpf.h>

#include <map>
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

// Loaded programs and their maps. At the end what is pinned nowhere is detached and unloaded.
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
  // Those that pin() put into `directory`, attached as they were then. Errc::unsupported where they
  // cannot be had.
  static Result<BpfPrograms> open_pins(const std::string& directory);

  // Does nothing where they are attached. Errc::unsupported as above.
  Result<> attach();
  // A copy of this process that has not called exec() would otherwise keep what is attached.
  void detach();

  // The descriptor of a program that the object has; -1 when there is no such one, or it is one
  // that another process has attached.
  [[nodiscard]] int program(const char* name) const;
  // Puts all maps and, after them, what is attached into `directory` of a BPF file system: they are
  // there then without this process too. Timers in maps run only as long as somebody has the map,
  // so nothing that is attached may be there without its maps. Errc::unsupported, with the reason.
  [[nodiscard]] Result<> pin(const std::string& directory) const;

  // The descriptor of a map that the object has; -1 when there is no such map.
  [[nodiscard]] int map(const char* name) const;

 private:
  using Object = Owned<bpf_object, bpf_object__close>;
  using Link = Owned<bpf_link, bpf_link__destroy>;

  explicit BpfPrograms(Object object) : object_(std::move(object)) {}

  Object object_;                     // nothing where they were pinned by another process
  std::map<std::string, Fd> pinned_;  // its maps then, and the programs that calls run
  std::vector<Link> links_;
};

// Takes the pins of programs out of `directory`, and that away; those that are attached first, so
// that whatever is cut short leaves nothing attached without its maps. They are detached too, even
// where another process has them. Errc::unavailable, with the reason, when some stay.
Result<> detach_pins(const std::string& directory);
// The same, but whoever has them keeps them.
Result<> remove_pins(const std::string& directory);

}  // namespace gthulhu
