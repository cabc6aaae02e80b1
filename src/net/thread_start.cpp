// SPDX-License-Identifier: Apache-2.0
#include "net/thread_start.h"

#include <pthread.h>

#include <csignal>
#include <system_error>

namespace gthulhu::net {

Result<std::thread> start_quiet_thread(const std::string& name, std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  // A thread inherits the mask of the one that starts it: there is no instant with signals open.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Result<std::thread> started = Error{Errc::unavailable, "no thread could be started", name};
  try {
    started = std::thread(std::move(body));
    pthread_setname_np(started->native_handle(), name.c_str());
  } catch (const std::system_error& failure) {
    started = Error{Errc::unavailable, "no thread could be started", failure.what()};
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace gthulhu::net
