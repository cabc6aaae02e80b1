// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>
#include <string>

#include "tests/scale/churn.h"
#include "tests/scale/cluster_service.h"
#include "tests/scale/expected_sets.h"
#include "tests/scale/fleet.h"

namespace gthulhu::scale {

// What the load program is told on standard input, a line each, and answers with a line of JSON;
// times are seconds of CLOCK_MONOTONIC:
//
//   strategy ID RANK PRIORITY SLICE KEY VALUE [REGEX]   the manager has it, or will
//   forget ID                          or has it no more
//   expect                             compares nodes from now on with what they should hold now
//   await_step SECONDS                 until all nodes that answer hold that
//   spread KEY VALUE                   nodes that answer and have such pods, and these
//   await_strategy ID NODES SECONDS    until so many nodes hold the strategy
//   churn PER_SECOND SECONDS           begins
//   stop                               ends it early
//   await_churn SECONDS                until it has ended and nodes show all of it
//   hang COUNT                         so many nodes answer nothing from now on
//   figures
//
// and where another API server has the pods, whose nodes these are:
//
//   pods                               all of them, for whoever makes them there
//   uid INDEX UID                      that server has given to a pod
//   forget_events                      times of changes, of which others follow
//   change                             one that is to be made there: what, and of which pod
//   changed KIND INDEX SENT ANSWERED [UID]   it was; times of the request
//
// Threads: the loop's.
class Control {
 public:
  struct Parts {
    net::Executor executor;
    net::TaskGroup& tasks;
    SimulatedCluster& cluster;
    ClusterService& service;
    ExpectedSets& sets;
    Fleet& fleet;
    Churn& churn;
  };

  explicit Control(const Parts& parts) : parts_(parts) {}

  // The answer, without the line's end.
  net::Awaitable<std::string> answer(std::string line);

 private:
  net::Awaitable<std::string> await_step(double seconds);
  net::Awaitable<std::string> await_strategy(std::string id, std::size_t nodes, double seconds);
  net::Awaitable<std::string> await_churn(double seconds);
  std::string answer_at_once(const std::string& word, std::istringstream& rest);
  // Those about another API server; empty: it is none of them.
  std::string answer_about_requests(const std::string& word, std::istringstream& rest);
  std::string end_request(std::istringstream& rest);
  std::string put_strategy(std::istringstream& rest);
  [[nodiscard]] std::string figures() const;

  Parts parts_;
};

}  // namespace gthulhu::scale
