// SPDX-License-Identifier: Apache-2.0
//
// One line of the log for each request.
#pragma once

#include <cstdint>

#include "net/answered.h"
#include "net/worker_pool.h"

namespace gthulhu::rest {

// Lines of level info with method, path, status, size of the body, duration, user, peer and id of
// the request; queries, headers and bodies, which may hold secrets, are not in it.
class AccessLog {
 public:
  // `writer` has one thread, so that lines keep their order and nobody else waits for the log's
  // target. Lines that its queue has no room for are lost, and their number is logged. It outlives
  // this.
  AccessLog(net::LoggedAnswers what, net::WorkerPool& writer) : what_(what), writer_(writer) {}

  // Threads: the network thread.
  void note(const net::Answered& answered);

 private:
  [[nodiscard]] bool wants(const net::Answered& answered) const;

  const net::LoggedAnswers what_;
  net::WorkerPool& writer_;
  std::uint64_t lost_ = 0;
};

}  // namespace gthulhu::rest
