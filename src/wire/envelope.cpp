// SPDX-License-Identifier: Apache-2.0
#include "wire/envelope.h"

#include "wire/timestamp.h"

namespace gthulhu::wire {

namespace {

// Space for what stands around the data.
constexpr std::size_t frame_bytes = 96;

void append_time(std::string& body, TimePoint now) {
  body += R"("timestamp":")" + rfc3339(now) + "\"}\n";
}

}  // namespace

std::string success_body(const std::optional<Value>& data, TimePoint now) {
  if (data) return success_body_of(to_text(*data), now);
  std::string body = R"({"success":true,)";
  append_time(body, now);
  return body;
}

std::string success_body_of(std::string_view data, TimePoint now) {
  std::string body;
  body.reserve(data.size() + frame_bytes);
  body += R"({"success":true,"data":)";
  body += data;
  body += ',';
  append_time(body, now);
  return body;
}

ErrorBody error_body(const ErrorParts& parts) {
  ErrorBody body;
  std::string& text = body.text;
  text = R"({"success":false,"error":)";
  append_string(text, parts.text);
  text += R"(,"code":)";
  append_string(text, parts.code);
  if (!parts.field.empty()) {
    text += R"(,"field":)";
    append_string(text, parts.field);
  }
  text += R"(,"requestId":")";
  body.request_id_at = text.size();
  text += '"';
  if (parts.retry_after.count() > 0) {
    text += R"(,"retryAfterMs":)" + std::to_string(parts.retry_after.count());
  }
  if (parts.current) {
    text += R"(,"current":)";
    append_text(text, *parts.current);
  }
  text += "}\n";
  return body;
}

Result<Envelope> parse_envelope(std::string_view body) {
  const Value document = TRY(parse_json(body));
  ObjectReader reader = TRY(ObjectReader::open(document));
  Envelope envelope;
  TRY(reader.read("success", envelope.success));
  TRY(reader.read("error", envelope.error));
  if (envelope.error.empty()) TRY(reader.read("message", envelope.error));
  if (const Value* data = document.find("data")) envelope.data = *data;
  return envelope;
}

}  // namespace gthulhu::wire
