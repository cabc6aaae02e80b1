// SPDX-License-Identifier: Apache-2.0
//
// Unpacks gzip (RFC 1952) as it comes.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "net/client_settings.h"

namespace gthulhu::net {

// One stream of one member or several behind each other. Holds some 40 kB.
class GzipReader {
 public:
  GzipReader();
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  // Hands out what the next bytes hold, in pieces of at most 16 KiB: a thousand times as many bytes
  // may come out as went in. False: `take` wanted no more, and the rest is lost.
  // Errc::corrupt, for good: damaged, or something else follows its end.
  Result<bool> feed(std::string_view bytes, const BodySink& take);
  // No more bytes come. Errc::corrupt when there should be some.
  [[nodiscard]] Result<> finish() const;

 private:
  struct Inflater;
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace gthulhu::net
