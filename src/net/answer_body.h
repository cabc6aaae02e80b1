// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the body of an answer: unpacked if it is packed, then kept or handed on.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/client_settings.h"
#include "net/gzip_reader.h"
#include "net/http.h"

namespace gthulhu::net {

class AnswerBody {
 public:
  struct Rules {
    bool accept_gzip = false;
    bool to_head = false;        // the answer to a HEAD request
    std::size_t kept_bytes = 0;  // no more of a body is kept, after unpacking
  };

  // `sink` is for the body of a 200 and must outlive this; without one all bodies are kept.
  AnswerBody(const BodySink& sink, Rules rules) : sink_(sink), rules_(rules) {}

  // Whether what is in the body now goes to the sink.
  [[nodiscard]] bool is_streamed(const Response& response) const;
  // Call it when more of the body may have come into `response`. False: no more is wanted, and
  // `response` has what was kept. Errc::corrupt, Errc::too_large.
  Result<bool> take(Response& response);
  // It is complete: what was kept is in `response`. Errc::corrupt.
  Result<> finish(Response& response);

 private:
  Result<> choose_reader(const Response& response);
  Result<bool> take_plain(Response& response);
  Result<bool> unpack(Response& response);

  const BodySink& sink_;  // outlives it
  const Rules rules_;
  bool is_begun_ = false;
  std::unique_ptr<GzipReader> reader_;  // null: it is not packed
  std::string unpacked_;                // of what is kept
};

}  // namespace gthulhu::net
