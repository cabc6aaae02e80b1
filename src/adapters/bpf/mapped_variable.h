// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <type_traits>
#include <utility>

#include "adapters/bpf/bpf_programs.h"
#include "base/result.h"

namespace gthulhu {

// A variable of a loaded program, in this one's memory.
//
// Threads: as a value; what is in it is shared with the program.
template <class T>
class MappedVariable {
 public:
  MappedVariable() = default;
  MappedVariable(MappedVariable&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {}
  MappedVariable& operator=(MappedVariable&& other) noexcept {
    std::swap(at_, other.at_);
    return *this;
  }
  MappedVariable(const MappedVariable&) = delete;
  MappedVariable& operator=(const MappedVariable&) = delete;
  ~MappedVariable() {
    if (at_ != nullptr) ::munmap(const_cast<std::remove_const_t<T>*>(at_), sizeof(T));
  }

  // `map` is that of a section in which there is only this variable. Errc::unsupported, with the
  // reason.
  static Result<MappedVariable> of(int map) {
    MappedVariable mapped;
    constexpr int access = std::is_const_v<T> ? PROT_READ : PROT_READ | PROT_WRITE;
    void* const at = ::mmap(nullptr, sizeof(T), access, MAP_SHARED, map, 0);
    if (at == MAP_FAILED) return bpf_unusable("the scheduler's figures cannot be mapped", errno);
    mapped.at_ = static_cast<T*>(at);
    return mapped;
  }

  T* operator->() const { return at_; }
  T& operator*() const { return *at_; }

 private:
  T* at_ = nullptr;
};

}  // namespace gthulhu
