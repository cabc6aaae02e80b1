// SPDX-License-Identifier: Apache-2.0
#include "net/answer_body.h"

#include <utility>

namespace gthulhu::net {

bool AnswerBody::is_streamed(const Response& response) const {
  // What is no 200 says what is wrong, in few words.
  return sink_ && response.status == 200 && !response.body.empty();
}

Result<bool> AnswerBody::take(Response& response) {
  if (response.body.empty()) return true;
  if (!is_begun_) TRY(choose_reader(response));
  return reader_ == nullptr ? take_plain(response) : unpack(response);
}

Result<> AnswerBody::finish(Response& response) {
  const bool has_body = !rules_.to_head && response.status != 204 && response.status != 304;
  if (has_body && !is_begun_) TRY(choose_reader(response));  // an empty one is no gzip
  if (reader_ == nullptr) return {};
  response.body = std::move(unpacked_);
  return reader_->finish();
}

Result<> AnswerBody::choose_reader(const Response& response) {
  is_begun_ = true;
  if (!rules_.accept_gzip) return {};
  for (const auto& [name, coding] : response.headers.fields()) {
    if (!same_ignoring_case(name, "Content-Encoding")) continue;
    if (same_ignoring_case(coding, "identity")) continue;
    const bool is_gzip = same_ignoring_case(coding, "gzip") || same_ignoring_case(coding, "x-gzip");
    if (!is_gzip || reader_ != nullptr) {
      return Error{Errc::corrupt, "the answer is packed in a way that was not asked for", coding};
    }
    reader_ = std::make_unique<GzipReader>();
  }
  return {};
}

Result<bool> AnswerBody::take_plain(Response& response) {
  if (!sink_) return true;  // the parser has its limit
  if (!is_streamed(response)) return response.body.size() <= rules_.kept_bytes;
  const bool is_more_wanted = sink_(response.body);
  response.body.clear();
  return is_more_wanted;
}

Result<bool> AnswerBody::unpack(Response& response) {
  const bool is_kept = !is_streamed(response);
  const std::string packed = std::exchange(response.body, {});
  if (!is_kept) return reader_->feed(packed, sink_);
  const bool fits = TRY(reader_->feed(packed, [this](std::string_view piece) {
    unpacked_ += piece;
    return unpacked_.size() <= rules_.kept_bytes;
  }));
  if (fits) return true;
  if (!sink_) {
    return Error{Errc::too_large, "the answer is too large",
                 "more than " + std::to_string(rules_.kept_bytes) + " bytes"};
  }
  response.body = std::move(unpacked_);
  return false;
}

}  // namespace gthulhu::net
