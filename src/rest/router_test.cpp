// SPDX-License-Identifier: Apache-2.0
#include "rest/router.h"

#include <gmock/gmock.h>

namespace gthulhu::rest {
namespace {

using net::Request;
using net::Response;

// A route that answers with its name and the parameters asked for.
RouteHandler named(const std::string& name, const std::vector<std::string>& parameters = {}) {
  return [name, parameters](const Request&, const PathParameters& values) {
    Response response;
    response.body = name;
    for (const std::string& parameter : parameters) response.body += "," + values.at(parameter);
    return response;
  };
}

Request request_of(const std::string& method, const std::string& path) {
  Request request;
  request.method = method;
  request.path = path;
  return request;
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    const auto quick = RunsOn::network_thread;
    router_.add("GET", "/health", quick, named("health"));
    router_.add("POST", "/mixed", RunsOn::worker, named("mixed post"));
    router_.add("GET", "/mixed", quick, named("mixed get"));
    router_.add("DELETE", "/mixed", quick, named("mixed delete"));
    router_.add("POST", "/api/v1/strategies", RunsOn::worker, named("create"));
    router_.add("GET", "/api/v1/strategies/self", quick, named("list"));
    router_.add("PUT", "/api/v1/strategies/{id}", RunsOn::worker, named("change", {"id"}));
    router_.add("GET", "/api/v1/nodes/{nodeID}/pods/pids", RunsOn::worker,
                named("pids", {"nodeID", "unknown"}));
    router_.add("GET", "/swagger/{file...}", quick, named("swagger", {"file"}));
  }

  Response ask(const std::string& method, const std::string& path) {
    return router_.handle(request_of(method, path));
  }

  Router router_;
};

TEST_F(RouterTest, finds_the_route_and_its_parameters) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"GET", "/health", "health"},
      {"POST", "/mixed", "mixed post"},
      {"POST", "/api/v1/strategies", "create"},
      {"GET", "/api/v1/strategies/self", "list"},
      {"PUT", "/api/v1/strategies/a%2Fb%20c", "change,a/b c"},
      {"GET", "/api/v1/nodes/n1/pods/pids", "pids,n1,"},
      {"GET", "/swagger/", "swagger,"},
      {"GET", "/swagger", "swagger,"},
      {"GET", "/swagger/a/b.js", "swagger,a/b.js"},
  };
  for (const auto& [method, path, body] : cases) {
    const Response response = ask(method, path);
    EXPECT_EQ(response.status, 200) << method << ' ' << path;
    EXPECT_EQ(response.body, body) << method << ' ' << path;
  }
}

TEST_F(RouterTest, answers_unknown_paths_with_404) {
  for (const std::string path : {"/", "/healthy", "/health/", "//health", "/HEALTH", "*", "/api",
                                 "/api/", "/api/v1/strategies/", "/api/v1/nodes//pods/pids",
                                 "/api/v1/nodes/n1/pods/pids/more", "/api/v1/%73trategies"}) {
    const Response response = ask("GET", path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.body, R"({"message":"Not Found","code":"not_found","requestId":""})"
                             "\n");
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.headers.find("Allow"), nullptr);
  }
}

TEST_F(RouterTest, a_path_belongs_to_its_most_literal_pattern_whatever_the_method) {
  const Response response = ask("PUT", "/api/v1/strategies/self");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(*response.headers.find("Allow"), "OPTIONS, GET");
}

TEST_F(RouterTest, answers_wrong_methods_with_405_and_allow) {
  EXPECT_EQ(*ask("GET", "/api/v1/strategies").headers.find("Allow"), "OPTIONS, POST");
  EXPECT_EQ(*ask("GET", "/api/v1/strategies/s1").headers.find("Allow"), "OPTIONS, PUT");
  for (const std::string method : {"POST", "HEAD", "get", "PATCH"}) {
    const Response response = ask(method, "/health");
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.body,
              R"({"message":"Method Not Allowed","code":"unsupported","requestId":""})"
              "\n");
    ASSERT_NE(response.headers.find("Allow"), nullptr);
    EXPECT_EQ(*response.headers.find("Allow"), "OPTIONS, GET");
  }
  EXPECT_EQ(*ask("PUT", "/mixed").headers.find("Allow"), "OPTIONS, DELETE, GET, POST");
}

TEST_F(RouterTest, answers_options_of_a_known_path_with_allow) {
  const Response response = ask("OPTIONS", "/mixed");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(*response.headers.find("Allow"), "OPTIONS, DELETE, GET, POST");
  EXPECT_EQ(ask("OPTIONS", "/nowhere").status, 404);
}

TEST_F(RouterTest, lists_its_routes) {
  using testing::Contains;
  using testing::Pair;
  EXPECT_THAT(router_.routes(), testing::SizeIs(9));
  EXPECT_THAT(router_.routes(), Contains(Pair("GET", "/api/v1/nodes/{nodeID}/pods/pids")));
  EXPECT_THAT(router_.routes(), Contains(Pair("DELETE", "/mixed")));
}

TEST_F(RouterTest, knows_per_route_where_it_runs) {
  EXPECT_EQ(router_.runs_on(request_of("GET", "/mixed")), RunsOn::network_thread);
  EXPECT_EQ(router_.runs_on(request_of("POST", "/mixed")), RunsOn::worker);
  EXPECT_EQ(router_.runs_on(request_of("GET", "/api/v1/nodes/n1/pods/pids")), RunsOn::worker);
  EXPECT_EQ(router_.runs_on(request_of("GET", "/nowhere")), RunsOn::network_thread);
}

TEST_F(RouterTest, a_catch_all_does_not_shadow_the_api_or_other_routes) {
  router_.add("GET", "/{page...}", RunsOn::network_thread, named("page", {"page"}));
  EXPECT_EQ(ask("GET", "/").body, "page,");
  EXPECT_EQ(ask("GET", "/strategies/new").body, "page,strategies/new");
  EXPECT_EQ(ask("GET", "/health").body, "health");
  EXPECT_EQ(ask("GET", "/api/v1/nothing").status, 404);
  EXPECT_EQ(ask("GET", "/apiary").body, "page,apiary");
  EXPECT_EQ(ask("POST", "/anything").status, 405);
}

TEST(RouterDeathTest, a_route_that_exists_or_makes_no_sense_is_a_broken_invariant) {
  Router router;
  router.add("GET", "/a/{b}", RunsOn::worker, named("one"));
  EXPECT_DEATH(router.add("GET", "/a/{b}", RunsOn::worker, named("two")), "broken invariant");
  EXPECT_DEATH(router.add("GET", "a", RunsOn::worker, named("two")), "broken invariant");
  EXPECT_DEATH(router.add("GET", "/{b...}/c", RunsOn::worker, named("two")), "broken invariant");
}

}  // namespace
}  // namespace gthulhu::rest
