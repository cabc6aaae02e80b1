// SPDX-License-Identifier: Apache-2.0
//
// Packed bodies and the URLs of proxies, against what net/gzip_reader.h and net/proxy.h promise.
#include <string>

#include "base/check.h"
#include "net/gzip_reader.h"
#include "net/proxy.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

namespace {

struct Unpacked {
  bool is_whole = false;
  bool is_enough = false;  // it was too much to look at
  std::string text;
};

Unpacked unpack(std::string_view bytes, std::size_t step) {
  constexpr std::size_t longest_piece = 16 * 1024;
  constexpr std::size_t enough = 256 * 1024;
  net::GzipReader reader;
  Unpacked out;
  const net::BodySink take = [&out](std::string_view piece) {
    CHECK(!piece.empty() && piece.size() <= longest_piece);
    out.text += piece;
    return out.text.size() < enough;
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto is_more_wanted = reader.feed(bytes.substr(at, step), take);
    if (!is_more_wanted) {
      CHECK(is_more_wanted.error().code == Errc::corrupt);
      CHECK(!reader.feed(bytes, take) && !reader.finish());
      return out;
    }
    if (!*is_more_wanted) {
      out.is_enough = true;
      return out;
    }
  }
  out.is_whole = reader.finish().has_value();
  return out;
}

}  // namespace

void try_input(std::string_view input) {
  const Unpacked at_once = unpack(input, input.size() + 1);
  const Unpacked in_pieces = unpack(input, 1 + input.size() % 7);
  CHECK(at_once.is_whole == in_pieces.is_whole);
  if (at_once.is_whole) CHECK(at_once.text == in_pieces.text);

  const auto proxy = net::parse_proxy_url(input);
  if (!proxy) {
    // A text of a few letters may also stand in what is said.
    if (input.size() > 100) CHECK(proxy.error().text().find(input) == std::string::npos);
    return;
  }
  CHECK(!proxy->where.host.empty() && proxy->where.port != 0);
  CHECK(proxy->user.size() <= 255 && proxy->password.size() <= 255);
}

}  // namespace gthulhu::fuzz
