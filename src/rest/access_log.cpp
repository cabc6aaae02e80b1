// SPDX-License-Identifier: Apache-2.0
#include "rest/access_log.h"

#include <chrono>
#include <string>

#include "base/log.h"

namespace gthulhu::rest {

namespace {

// What is needed of an exchange that may be over when the line is written.
struct Line {
  std::string method;
  std::string path;
  int status;
  std::size_t bytes;
  std::chrono::microseconds took;
  std::string user;
  std::string peer;
  std::string request_id;
  std::uint64_t lost_before;
};

void write(const Line& line) {
  if (line.lost_before > 0) log_warning("requests were not logged", {{"count", line.lost_before}});
  log_info("request", {{"method", line.method},
                       {"path", line.path},
                       {"status", line.status},
                       {"bytes", line.bytes},
                       {"microseconds", line.took.count()},
                       {"user", line.user},
                       {"peer", line.peer},
                       {"request_id", line.request_id}});
}

}  // namespace

bool AccessLog::wants(const net::Answered& answered) const {
  switch (what_) {
    case net::LoggedAnswers::all: return true;
    case net::LoggedAnswers::off: return false;
    case net::LoggedAnswers::changes: break;
  }
  const std::string& method = answered.request.method;
  const bool reads = method == "GET" || method == "HEAD" || method == "OPTIONS";
  return !reads || answered.response.status >= 400;
}

void AccessLog::note(const net::Answered& answered) {
  if (!wants(answered)) return;
  const net::Request& request = answered.request;
  Line line{request.method,
            request.path,
            answered.response.status,
            answered.response.body.size() + answered.response.fixed_body.size(),
            std::chrono::duration_cast<std::chrono::microseconds>(answered.took),
            request.user,
            request.peer,
            request.request_id,
            lost_};
  if (writer_.submit([line = std::move(line)] { write(line); })) {
    lost_ = 0;
  } else {
    ++lost_;
  }
}

}  // namespace gthulhu::rest
