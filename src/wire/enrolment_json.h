// SPDX-License-Identifier: Apache-2.0
//
// How a decision maker asks for its certificate (docs/api/node-link.md).
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "core/model/node.h"
#include "wire/json.h"

namespace gthulhu::wire {

struct EnrolmentRequest {
  std::string token;    // of the pod's service account
  std::string request;  // PKCS#10, PEM
};
Value encode_enrolment_request(const EnrolmentRequest& request);
// Errc::invalid_argument names the member.
Result<EnrolmentRequest> decode_enrolment_request(const Value& body);

struct EnrolmentAnswer {
  NodeName node;
  std::string certificate;  // PEM
  std::string ca;           // PEM, of the authority of the node links
  TimePoint expires;
};
Value encode_enrolment_answer(const EnrolmentAnswer& answer);
Result<EnrolmentAnswer> decode_enrolment_answer(const Value& data);

}  // namespace gthulhu::wire
