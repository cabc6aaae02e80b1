// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/nodes/node_driver.h"
#include "app/ports/agent_directory.h"
#include "app/ports/node_link.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "net/network_thread.h"

namespace gthulhu {

// The way to decision makers of other machines: docs/api/node-link.md over HTTP, each node by
// itself, all at once, on one thread. Decision makers of the Go system are driven over their own
// endpoints.
//
// Threads: as the ports say.
class HttpNodeLink : public NodeLink, public AgentDirectory {
 public:
  struct Settings {
    LinkCredentials credentials = {};
    LinkPace pace = {};
    net::FailureReport report = {};  // of what nobody waits for
  };

  // Both outlive it. Errc::unavailable when the system gives no thread.
  static Result<std::unique_ptr<HttpNodeLink>> create(const Clock& clock,
                                                      Random& random,
                                                      Settings settings);
  ~HttpNodeLink() override;

  void connect(LinkSink& sink) override;
  void disconnect() override;
  void want(const NodeName& node, Intents intents) override;
  Result<RunningPods> processes(const NodeName& node) override;

  // Connections that are made from now on show these.
  void use(LinkCredentials credentials);

  // Those of before connect() count too.
  void agents_are(Agents agents) override;

 private:
  struct Loop;
  explicit HttpNodeLink(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace gthulhu
