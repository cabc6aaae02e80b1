// SPDX-License-Identifier: Apache-2.0
#include "wire/kube/list_splitter.h"

namespace gthulhu::wire {

namespace {

constexpr std::string_view items_key = "items";

bool is_blank(char letter) {
  return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
}

Error not_a_list(std::string what) {
  return {Errc::corrupt, "the answer is no list of Kubernetes objects", std::move(what)};
}

}  // namespace

std::size_t ListSplitter::skip_text(std::string_view piece, std::size_t at) {
  for (; at < piece.size(); ++at) {
    const char letter = piece[at];
    if (is_escaped_) {
      is_escaped_ = false;
    } else if (letter == '\\') {
      is_escaped_ = true;
    } else if (letter == '"') {
      in_text_ = false;
      return at + 1;
    }
    if (depth_ == 1 && key_.size() <= items_key.size()) key_ += letter;
  }
  return at;
}

Result<> ListSplitter::feed(std::string_view piece) {
  std::size_t begin = 0;  // of what of the piece is not kept yet
  for (std::size_t at = 0; at < piece.size();) {
    if (in_text_) {
      at = skip_text(piece, at);
      continue;
    }
    const char letter = piece[at++];
    if (is_between_items()) {
      if (is_blank(letter) || letter == ',') {
        begin = at;
        continue;
      }
      if (letter != '{' && letter != ']') return not_a_list("an item is no object");
      begin = at - 1;
    }
    switch (letter) {
      case '"':
        in_text_ = true;
        if (depth_ == 1) key_.clear();
        break;
      case '{':
      case '[':
        ++depth_;
        if (letter == '[' && depth_ == items_depth && key_ == items_key) {
          in_items_ = true;
          TRY(keep(rest_, rest_bytes_max, piece.substr(begin, at - begin)));
          begin = at;
        }
        break;
      case '}':
      case ']':
        if (depth_ == 0) return not_a_list("it ends before it begins");
        --depth_;
        if (is_between_items()) {
          TRY(end_item(piece.substr(begin, at - begin)));
          begin = at;
        }
        if (depth_ < items_depth) in_items_ = false;
        if (depth_ == 0) has_ended_ = true;
        break;
      default: break;
    }
  }
  if (is_between_items()) return {};
  const bool in_item = in_items_ && depth_ > items_depth;
  return keep(in_item ? item_ : rest_, in_item ? item_bytes_max : rest_bytes_max,
              piece.substr(begin));
}

Result<> ListSplitter::end_item(std::string_view last_part) {
  if (item_.empty()) return take_(last_part);
  TRY(keep(item_, item_bytes_max, last_part));
  const Result<> taken = take_(item_);
  item_.clear();
  return taken;
}

Result<> ListSplitter::keep(std::string& kept, std::size_t bytes_max, std::string_view part) {
  if (part.size() > bytes_max - kept.size()) {
    return Error{Errc::too_large, "an object of the API server is too large", ""};
  }
  kept += part;
  return {};
}

Result<std::string> ListSplitter::rest() const {
  if (!has_ended_) return not_a_list("it was cut off");
  return rest_;
}

}  // namespace gthulhu::wire
