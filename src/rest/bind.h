// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "base/result.h"
#include "net/http.h"
#include "rest/reply.h"
#include "rest/router.h"

namespace gthulhu::rest {

// A member function of a small copyable class of routes as the handler of one route; its Error
// becomes the answer.
template <class Routes>
auto bind(Routes routes, Result<net::Response> (Routes::*handle)(const net::Request&) const) {
  return [routes = std::move(routes), handle](const net::Request& request, const PathParameters&) {
    Result<net::Response> response = (routes.*handle)(request);
    return response ? std::move(*response) : failure(response.error());
  };
}

// The same for a route with parameters in its path.
template <class Routes>
auto bind(Routes routes,
          Result<net::Response> (Routes::*handle)(const net::Request&, const PathParameters&)
              const) {
  return [routes = std::move(routes), handle](const net::Request& request,
                                              const PathParameters& path) {
    Result<net::Response> response = (routes.*handle)(request, path);
    return response ? std::move(*response) : failure(response.error());
  };
}

}  // namespace gthulhu::rest
