// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/ports/report_sink.h"
#include "base/result.h"
#include "core/model/intent.h"
#include "core/model/node.h"
#include "core/model/process.h"

namespace gthulhu {

// Takes what becomes of deliveries, and what the nodes report. Threads: from anywhere.
class LinkSink : public ReportSink {
 public:
  // The node has this generation on its disk.
  virtual void node_acknowledged(const NodeName& node, Generation generation) = 0;
  // It could not be brought there; that is tried again by itself, but for Errc::conflict: the node
  // holds generation `held`, a newer one, and needs one above it.
  virtual void node_not_reached(const NodeName& node, const Error& why, Generation held) = 0;
  // Nothing is wanted of it and nobody is known there: it is not spoken of again, until want() or a
  // report of it.
  virtual void node_gone(const NodeName& node) = 0;
};

// The way to the decision makers: brings each node to what is wanted of it, in the background and
// again and again, so that a node that hangs delays nobody.
//
// Threads: all functions from anywhere, want() between connect() and disconnect().
class NodeLink {
 public:
  using Intents = std::shared_ptr<const NodeIntents>;

  virtual ~NodeLink() = default;

  // From now on `sink` hears of it.
  virtual void connect(LinkSink& sink) = 0;
  // Returns when the sink will not be called any more and nothing is delivered.
  virtual void disconnect() = 0;

  // What the node should run from now on, in place of what was wanted before. Returns at once.
  virtual void want(const NodeName& node, Intents intents) = 0;

  // What runs in the pods of a node now. Errc::not_found when no decision maker is known there,
  // Errc::unavailable when it cannot be reached, Errc::timeout when it does not answer.
  virtual Result<RunningPods> processes(const NodeName& node) = 0;
};

}  // namespace gthulhu
