// SPDX-License-Identifier: Apache-2.0
#include "rest/system_routes.h"

#include <gmock/gmock.h>

#include "tests/fakes/fake_clock.h"
#include "wire/json.h"

namespace gthulhu::rest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class SystemRoutes : public testing::Test {
 protected:
  SystemRoutes() {
    add_system_routes(
        router_, clock_, "/health, /version", [this] { return troubles_; },
        [this] { return warnings_; });
  }

  net::Response get(const std::string& path) {
    net::Request request;
    request.method = "GET";
    request.path = path;
    return router_.handle(request);
  }

  FakeClock clock_;
  std::vector<std::string> troubles_;
  std::vector<std::string> warnings_;
  Router router_;
};

TEST_F(SystemRoutes, health_is_that_of_the_contract_while_all_is_well) {
  const net::Response response = get("/health");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, StartsWith(R"({"status":"healthy","timestamp":")"));
  EXPECT_THAT(response.body, HasSubstr(R"(,"service":"BSS Metrics API Server"})"));
}

TEST_F(SystemRoutes, health_says_what_is_wrong) {
  troubles_ = {"the store cannot be written: disk full", "the plane stands still"};
  const net::Response response = get("/health");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, StartsWith(R"({"status":"unhealthy","timestamp":")"));
  EXPECT_THAT(response.body,
              HasSubstr(R"("service":"BSS Metrics API Server","reasons":["the store cannot be )"
                        R"(written: disk full","the plane stands still"]})"));
  troubles_.clear();
  EXPECT_EQ(get("/health").status, 200);
}

TEST_F(SystemRoutes, what_it_works_without_is_told_and_is_no_sickness) {
  warnings_ = {"the API server is not reached"};
  const net::Response response = get("/health");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, StartsWith(R"({"status":"healthy",)"));
  EXPECT_THAT(response.body, HasSubstr(R"("warnings":["the API server is not reached"]})"));
}

TEST_F(SystemRoutes, version_has_the_contracts_keys_first_and_then_how_it_was_built) {
  const net::Response response = get("/version");
  EXPECT_THAT(response.body, StartsWith(R"({"message":"BSS Metrics API Server","version":"1.0.0",)"
                                        R"("endpoints":"/health, /version","program":"gthulhu )"));
  const auto body = wire::parse_json(response.body);
  ASSERT_TRUE(body);
  const wire::Value* build = body->find("build");
  ASSERT_NE(build, nullptr);
  for (const char* key : {"version", "commit", "compiler"}) {
    ASSERT_NE(build->find(key), nullptr) << key;
    EXPECT_NE(*build->find(key)->as<std::string>(), "") << key;
  }
}

}  // namespace
}  // namespace gthulhu::rest
