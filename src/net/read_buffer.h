// SPDX-License-Identifier: Apache-2.0
//
// Bytes that were read and not yet understood. Grows when they do, up to a limit.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <string_view>
#include <vector>

namespace gthulhu::net {

class ReadBuffer {
 public:
  explicit ReadBuffer(std::size_t limit) : limit_(limit) {}

  [[nodiscard]] std::string_view bytes() const { return {storage_.data() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  // Room to read into; of size 0 when the limit is reached. Moves what bytes() showed.
  boost::asio::mutable_buffer space() {
    if (begin_ > 0) {
      std::move(storage_.begin() + static_cast<std::ptrdiff_t>(begin_),
                storage_.begin() + static_cast<std::ptrdiff_t>(end_), storage_.begin());
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == storage_.size()) {
      storage_.resize(std::min(limit_, storage_.empty() ? first_size : storage_.size() * 2));
    }
    return {storage_.data() + end_, storage_.size() - end_};
  }
  void commit(std::size_t count) { end_ += count; }

 private:
  // Most requests fit, and thousands of idle connections have one each.
  static constexpr std::size_t first_size = 2048;

  std::size_t limit_;
  std::vector<char> storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace gthulhu::net
