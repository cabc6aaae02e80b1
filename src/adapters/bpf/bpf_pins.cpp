// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/bpf_pins.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "adapters/bpf/bpf_programs.h"

namespace gthulhu {

namespace {

Result<std::vector<std::string>> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (const std::filesystem::directory_iterator last; !error && entry != last;
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  if (!error) return names;
  return Error{Errc::unavailable, directory + " cannot be read", error.message()};
}

Result<> remove(const std::string& directory, bool are_detached) {
  const std::vector<std::string> names = TRY(names_in(directory));
  for (const bool are_links : {true, false}) {
    for (const std::string& name : names) {
      if (name.starts_with(link_pin) != are_links) continue;
      const std::string path = directory + "/" + name;
      if (are_links && are_detached) {
        // Not every kind can be detached; those end when nobody has them.
        const Fd link(bpf_obj_get(path.c_str()));
        if (link.valid()) bpf_link_detach(link.get());
      }
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return Error{Errc::unavailable, path + " cannot be removed", std::strerror(errno)};
      }
    }
  }
  if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return {};
  return Error{Errc::unavailable, directory + " cannot be removed", std::strerror(errno)};
}

}  // namespace

Result<> BpfPrograms::pin(const std::string& directory) const {
  const auto put = [&directory](int object, const std::string& name) -> Result<> {
    if (bpf_obj_pin(object, (directory + "/" + name).c_str()) == 0) return {};
    return bpf_unusable(name + " cannot be pinned in " + directory, errno);
  };
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object_.get()) {
    if (bpf_map__fd(map) < 0) continue;
    TRY(put(bpf_map__fd(map), pin_of_map(bpf_map__name(map))));
  }
  // What is run by calls; all others come back by their links.
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object_.get()) {
    if (bpf_program__type(program) != BPF_PROG_TYPE_SYSCALL) continue;
    TRY(put(bpf_program__fd(program), pin_of_program(bpf_program__name(program))));
  }
  std::size_t count = 0;
  for (const Link& link : links_) {
    TRY(put(bpf_link__fd(link.get()), std::string(link_pin) + std::to_string(count++)));
  }
  return {};
}

Result<BpfPrograms> BpfPrograms::open_pins(const std::string& directory) {
  BpfPrograms programs{Object()};
  const std::vector<std::string> names = TRY(names_in(directory));
  for (const std::string& name : names) {
    const std::string path = directory + "/" + name;
    if (name.starts_with(link_pin)) {
      Link link(bpf_link__open(path.c_str()));
      if (link == nullptr) return bpf_unusable(path + " cannot be opened", errno);
      programs.links_.push_back(std::move(link));
    } else {
      Fd pinned(bpf_obj_get(path.c_str()));
      if (!pinned.valid()) return bpf_unusable(path + " cannot be opened", errno);
      programs.pinned_.emplace(name, std::move(pinned));
    }
  }
  if (programs.links_.empty()) return bpf_unusable("nothing attached is in " + directory, 0);
  return programs;
}

Result<> detach_pins(const std::string& directory) {
  return remove(directory, true);
}

Result<> remove_pins(const std::string& directory) {
  return remove(directory, false);
}

}  // namespace gthulhu
