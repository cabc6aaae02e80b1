// SPDX-License-Identifier: Apache-2.0
#include "net/gzip_reader.h"

#include <zlib.h>

#include <array>
#include <new>

namespace gthulhu::net {
namespace {

constexpr std::size_t piece_size = 16 * 1024;
constexpr int largest_window = 15;
constexpr int gzip_only = 16;  // added to the window: no other format of zlib's

Error corrupt(std::string_view why) {
  return {Errc::corrupt, "the answer is no usable gzip", std::string(why)};
}

}  // namespace

struct GzipReader::Inflater {
  Inflater() {
    // It can lack memory, and nothing else.
    if (inflateInit2(&stream, largest_window + gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  [[nodiscard]] Error damage() const {
    return corrupt(stream.msg == nullptr ? "damaged" : stream.msg);
  }

  z_stream stream = {};
  bool in_member = true;
  bool is_damaged = false;
};

GzipReader::GzipReader() : inflater_(std::make_unique<Inflater>()) {}
GzipReader::~GzipReader() = default;

Result<bool> GzipReader::feed(std::string_view bytes, const BodySink& take) {
  Inflater& inflater = *inflater_;
  if (inflater.is_damaged) return inflater.damage();
  z_stream& stream = inflater.stream;
  // zlib only reads it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<char, piece_size> piece;
  while (stream.avail_in > 0 || inflater.in_member) {
    if (!inflater.in_member) {
      inflateReset(&stream);
      inflater.in_member = true;
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      inflater.is_damaged = true;
      return inflater.damage();
    }
    const std::size_t size = piece.size() - stream.avail_out;
    if (size > 0 && !take({piece.data(), size})) return false;
    if (status == Z_STREAM_END) {
      inflater.in_member = false;
    } else if (stream.avail_in == 0 && stream.avail_out > 0) {
      break;
    }
  }
  return true;
}

Result<> GzipReader::finish() const {
  if (inflater_->is_damaged) return inflater_->damage();
  if (inflater_->in_member) return corrupt("it was cut short");
  return {};
}

}  // namespace gthulhu::net
