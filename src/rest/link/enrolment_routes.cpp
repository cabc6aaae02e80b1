// SPDX-License-Identifier: Apache-2.0
#include "rest/link/enrolment_routes.h"

#include "rest/bind.h"
#include "rest/reply.h"
#include "wire/enrolment_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request payload";

class EnrolmentRoutes {
 public:
  EnrolmentRoutes(const Clock& clock, Enrolment& enrolment)
      : clock_(&clock), enrolment_(&enrolment) {}

  Result<net::Response> enrol(const net::Request& request) const {
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto wanted = wire::decode_enrolment_request(body);
    if (!wanted) return about_body(wanted.error(), bad_body);
    Enrolment::Enrolled given = TRY(enrolment_->enrol(wanted->token, wanted->request));
    return success(wire::encode_enrolment_answer({.node = std::move(given.node),
                                                  .certificate = std::move(given.certificate.pem),
                                                  .ca = std::move(given.ca_pem),
                                                  .expires = given.certificate.expires}),
                   clock_->now());
  }

 private:
  const Clock* clock_;
  Enrolment* enrolment_;
};

}  // namespace

void add_enrolment_routes(Router& router, const Clock& clock, Enrolment& enrolment) {
  const EnrolmentRoutes routes(clock, enrolment);
  router.add("POST", "/api/v1/node-certificates", RunsOn::worker,
             bind(routes, &EnrolmentRoutes::enrol));
}

}  // namespace gthulhu::rest
