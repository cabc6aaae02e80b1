// SPDX-License-Identifier: Apache-2.0
#include "wire/enrolment_json.h"

#include "wire/fields.h"

namespace gthulhu::wire {

namespace {

Result<> read_text(ObjectReader& reader, std::string_view key, std::string& target) {
  TRY(reader.read(key, target));
  if (target.empty()) return invalid_field(reader.path_of(key), "must not be empty");
  return {};
}

}  // namespace

Value encode_enrolment_request(const EnrolmentRequest& request) {
  return Value::Object{{"token", request.token}, {"request", request.request}};
}

Result<EnrolmentRequest> decode_enrolment_request(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  EnrolmentRequest request;
  TRY(read_text(reader, "token", request.token));
  TRY(read_text(reader, "request", request.request));
  return request;
}

Value encode_enrolment_answer(const EnrolmentAnswer& answer) {
  return Value::Object{{"node", answer.node.str()},
                       {"certificate", answer.certificate},
                       {"ca", answer.ca},
                       {"expiresAt", answer.expires.time_since_epoch().count()}};
}

Result<EnrolmentAnswer> decode_enrolment_answer(const Value& data) {
  ObjectReader reader = TRY(ObjectReader::open(data));
  EnrolmentAnswer answer;
  std::string node;
  std::uint64_t expires = 0;
  TRY(read_text(reader, "node", node));
  TRY(read_text(reader, "certificate", answer.certificate));
  TRY(read_text(reader, "ca", answer.ca));
  TRY(read_natural(reader, "expiresAt", expires));
  answer.node = NodeName(std::move(node));
  answer.expires = TimePoint(std::chrono::milliseconds(static_cast<std::int64_t>(expires)));
  return answer;
}

}  // namespace gthulhu::wire
