// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/model/node.h"

namespace gthulhu {

// Where the decision maker of a node listens.
struct AgentAddress {
  std::string host;  // an IP address
  std::uint16_t port = 0;
  std::string instance;  // another one when a new decision maker took its place

  bool operator==(const AgentAddress&) const = default;
};

// Takes where the decision makers are. Threads: from anywhere, one call at a time.
class AgentDirectory {
 public:
  using Agents = std::map<NodeName, AgentAddress>;

  virtual ~AgentDirectory() = default;

  // These nodes have one and no others.
  virtual void agents_are(Agents agents) = 0;
};

}  // namespace gthulhu
