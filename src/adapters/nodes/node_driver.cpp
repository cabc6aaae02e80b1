// SPDX-License-Identifier: Apache-2.0
#include "adapters/nodes/node_driver.h"

#include <algorithm>
#include <utility>

#include "core/model/reasons.h"
#include "core/sync/backoff.h"
#include "core/sync/merkle.h"
#include "wire/agent_client_json.h"

namespace gthulhu {

namespace {

// A Go decision maker says nothing of what became of intents.
NodeReport report_of_go(const NodeName& node, const ForGo& split, Generation generation) {
  NodeReport report;
  report.node = node;
  report.generation = generation;
  report.enforcer.kind = EnforcerKind::external;
  report.enforcer.reason = "a Go decision maker, which does not say what became of intents";
  for (const IntentId& id : split.left_out) {
    report.intents.push_back({.intent = id,
                              .state = IntentState::degraded,
                              .reason = std::string(reasons::not_known_to_agent),
                              .superseded_by = {},
                              .processes = 0});
  }
  return report;
}

}  // namespace

NodeDriver::NodeDriver(const LinkParts& parts, NodeName node)
    : parts_(parts),
      node_(std::move(node)),
      wakeup_(parts.executor),
      reports_wakeup_(parts.executor) {}

void NodeDriver::set_address(const std::optional<AgentAddress>& address) {
  if (address_ == address) return;
  address_ = address;
  ++place_;
  kind_ = Kind::unknown;
  forget_what_it_holds();
  token_.clear();
  channel_.reset();
  reports_channel_.reset();
  failures_ = 0;
  not_before_ = {};
  was_told_absent_ = false;
  wakeup_.wake();
  reports_wakeup_.wake();
}

void NodeDriver::forget_what_it_holds() {
  held_.reset();
  go_root_.reset();
  acknowledged_ = 0;
  refused_ = 0;
  surprises_ = 0;
  reported_.reset();
}

void NodeDriver::is_of_kind(Kind kind) {
  if (kind_ == kind) return;
  // Another program in the same place, as after an upgrade.
  kind_ = kind;
  forget_what_it_holds();
  reports_wakeup_.wake();
}

void NodeDriver::want(NodeLink::Intents intents) {
  wanted_ = std::move(intents);
  was_told_absent_ = false;
  wakeup_.wake();
}

bool NodeDriver::is_needless() const {
  return !address_ && (wanted_ == nullptr || wanted_->intents.empty());
}

void NodeDriver::retire() {
  is_retired_ = true;
  set_address(std::nullopt);
  wakeup_.wake();
  reports_wakeup_.wake();
}

// --- deliveries ---

bool NodeDriver::has_something_to_say() const {
  return wanted_ != nullptr && wanted_->generation != acknowledged_ &&
         wanted_->generation != refused_;
}

MonotonicTime NodeDriver::next_look() const {
  if (!address_) return MonotonicTime::max();
  if (!held_ || must_look_ || has_something_to_say()) return not_before_;
  return std::max(not_before_, looked_ + parts_.pace.beat);
}

net::Awaitable<> NodeDriver::deliver() {
  while (!is_retired_) {
    co_await wakeup_.wait_until(next_look());
    if (is_retired_) break;
    if (!address_) tell_nobody_is_there();
    if (parts_.clock.monotonic() < next_look()) continue;
    const int place = place_;
    const Result<> done = co_await step();
    if (place != place_) continue;
    if (done) {
      if (failures_ > 0) reports_wakeup_.wake();
      tell_it_is_reached();
      failures_ = 0;
      not_before_ = {};
    } else {
      note_failure(done.error());
    }
  }
}

void NodeDriver::tell_it_is_reached() {
  const bool is_refused = wanted_ != nullptr && wanted_->generation == refused_;
  if (!is_told_unreached_ || is_refused || has_something_to_say()) return;
  is_told_unreached_ = false;
  parts_.sink.node_acknowledged(node_, acknowledged_);
}

void NodeDriver::tell_nobody_is_there() {
  if (was_told_absent_ || wanted_ == nullptr) return;
  was_told_absent_ = true;
  parts_.sink.node_not_reached(
      node_,
      Error{Errc::unavailable,
            "no decision maker is known on node " + node_.str() +
                ": does its pod run there, in the configured namespace and with the label?",
            ""},
      0);
}

void NodeDriver::note_failure(const Error& error) {
  ++failures_;
  not_before_ = next_try(parts_.clock.monotonic(), failures_, parts_.random.draw());
  must_look_ = true;  // a small question, before anything large is sent to who may hang
  is_told_unreached_ = true;
  parts_.sink.node_not_reached(node_, error, held_ ? held_->generation : 0);
}

net::Awaitable<Result<>> NodeDriver::step() {
  const bool is_time = parts_.clock.monotonic() >= looked_ + parts_.pace.beat;
  if (!held_ || must_look_ || is_time) {
    must_look_ = false;  // it may become another one while it answers
    const Result<> looked = co_await look();
    if (!looked) co_return looked.error();
  }
  if (!held_ || !has_something_to_say()) co_return Result<>();
  if (kind_ == Kind::go) co_return co_await bring_up_go();
  co_return co_await bring_up();
}

net::Awaitable<Result<>> NodeDriver::look() {
  Result<net::Response> response = co_await exchange(ask_state());
  if (!response) co_return std::move(response).error();
  looked_ = parts_.clock.monotonic();
  // It has no node link: a decision maker of the Go system.
  if (response->status == 404) co_return co_await look_at_go();
  const Result<wire::NodeState> state = state_of(*response);
  if (!state) co_return state.error();
  if (state->node != node_) {
    held_.reset();
    co_return is_other_node(state->node);
  }
  is_of_kind(Kind::ours);
  take_state(*state);
  co_return Result<>();
}

void NodeDriver::take_state(const wire::NodeState& state) {
  const bool is_same_set = held_ && held_->digest == state.digest;
  if (is_same_set && held_->generation == state.generation) return;
  // Something else brought it elsewhere, or it has lost what it had: that is delivered again.
  acknowledged_ = 0;
  held_ = Held{state.generation, state.digest, is_same_set ? held_->intents : nullptr};
}

net::Awaitable<Result<>> NodeDriver::bring_up() {
  const int place = place_;
  // Before the message is made: those that wait have none in memory.
  auto share = co_await parts_.budget.take(message_bytes_most(*wanted_));
  if (place != place_ || !held_) co_return is_other_place();
  const NodeLink::Intents wanted = wanted_;
  NodeSet set = node_set(*wanted);
  const Digest digest = digest_of(set);
  Held& held = *held_;
  if (held.generation == wanted->generation && held.digest == digest) {
    held.intents = wanted;
    acknowledge(wanted);
    co_return Result<>();
  }
  if (held.generation >= wanted->generation) {
    // The plane gives it a later one, which comes by want().
    refused_ = wanted->generation;
    parts_.sink.node_not_reached(
        node_, Error{Errc::conflict, "the node holds a newer generation", ""}, held.generation);
    co_return Result<>();
  }
  net::ClientRequest request = bring(held, std::move(set), digest, parts_.clock.now());
  share.shrink_to(request.body.size());
  Result<net::Response> response = co_await exchange(std::move(request));
  if (!response) co_return std::move(response).error();
  const Result<wire::NodeState> state = state_of(*response);
  if (!state) co_return take_refusal(*response, state.error(), wanted->generation);
  if (state->node != node_) {
    held_.reset();
    co_return is_other_node(state->node);
  }
  if (state->digest != digest || state->generation != wanted->generation) {
    held_.reset();
    co_return Error{Errc::corrupt, "the node says that it holds something else", ""};
  }
  held_ = Held{wanted->generation, digest, wanted};
  acknowledge(wanted);
  co_return Result<>();
}

Result<> NodeDriver::take_refusal(const net::Response& response,
                                  const Error& error,
                                  Generation generation) {
  const bool is_first = ++surprises_ == 1;
  const auto present = present_state(response);
  if (present && present->node != node_) {
    held_.reset();
    return is_other_node(present->node);
  }
  if (error.code == Errc::conflict && present) {
    // Its set follows whole, or the plane gives it a later generation.
    held_ = Held{present->generation, present->digest, nullptr};
    if (is_first) return {};
    return error;  // somebody else brings it elsewhere all the time: not too fast
  }
  if (error.code == Errc::corrupt && is_first) {
    if (held_) held_ = Held{held_->generation, {}, nullptr};  // its set follows whole
    return {};
  }
  const bool is_final = error.code == Errc::invalid_argument || error.code == Errc::corrupt ||
                        error.code == Errc::too_large;
  if (!is_final) return error;
  // Sending it again would change nothing: a fault of one of both programs.
  refused_ = generation;
  parts_.sink.node_not_reached(node_, error, held_ ? held_->generation : 0);
  return {};
}

void NodeDriver::acknowledge(const NodeLink::Intents& intents) {
  acknowledged_ = intents->generation;
  refused_ = 0;
  surprises_ = 0;
  is_told_unreached_ = false;
  parts_.sink.node_acknowledged(node_, acknowledged_);
}

// --- decision makers of the Go system ---

net::Awaitable<Result<>> NodeDriver::look_at_go() {
  is_of_kind(Kind::go);
  Result<net::Response> response = co_await exchange(ask_root());
  if (!response) co_return std::move(response).error();
  looked_ = parts_.clock.monotonic();
  const Result<wire::Value> data = data_of(*response);
  if (!data) co_return data.error();
  const Result<Digest> root = wire::decode_root(*data);
  if (!root) co_return root.error();
  const bool is_first = !held_;
  held_ = Held{};
  if (is_first) parts_.sink.node_reported(report_of_go(node_, {}, 0));
  // It restarted, or somebody else gave it intents.
  if (go_root_ != *root) acknowledged_ = 0;
  go_root_ = *root;
  co_return Result<>();
}

net::Awaitable<Result<>> NodeDriver::bring_up_go() {
  const int place = place_;
  auto share = co_await parts_.budget.take(message_bytes_most(*wanted_));
  if (place != place_) co_return is_other_place();
  const NodeLink::Intents wanted = wanted_;
  const ForGo split = for_go(*wanted);
  const Digest root = merkle_root(split.intents);
  if (go_root_ != root) {
    net::ClientRequest request = give_intents(split.intents);
    share.shrink_to(request.body.size());
    Result<net::Response> response = co_await exchange(std::move(request));
    if (!response) co_return std::move(response).error();
    const Result<wire::Value> data = data_of(*response);
    if (!data) co_return data.error();
    go_root_ = root;
  }
  acknowledge(wanted);
  parts_.sink.node_reported(report_of_go(node_, split, wanted->generation));
  co_return Result<>();
}

// --- reports ---

net::Awaitable<> NodeDriver::follow_reports() {
  int failures = 0;
  while (!is_retired_) {
    if (kind_ != Kind::ours) {
      co_await reports_wakeup_.wait();
      continue;
    }
    const int place = place_;
    if (reports_channel_ == nullptr || reports_identity_ != parts_.credentials.identity) {
      reports_identity_ = parts_.credentials.identity;
      if (auto made = new_channel()) reports_channel_ = std::move(*made);
    }
    Result<net::Response> response = co_await send_with_token(
        reports_channel_.get(), ask_reports(reported_, parts_.pace.reports),
        parts_.pace.reports + parts_.pace.request);
    if (place != place_) continue;
    if (take_report(response)) {
      failures = 0;
      co_await reports_wakeup_.wait_until(parts_.clock.monotonic() + parts_.pace.apart);
      continue;
    }
    look_soon();  // it may be another one now
    ++failures;
    co_await reports_wakeup_.wait_until(
        next_try(parts_.clock.monotonic(), failures, parts_.random.draw()));
  }
}

bool NodeDriver::take_report(const Result<net::Response>& response) {
  if (!response) return false;
  const Result<wire::Value> data = data_of(*response);
  if (!data) return false;
  Result<wire::ReportMessage> message = wire::decode_report(*data);
  if (!message || message->report.node != node_) return false;
  // One that does not know what it said before has restarted, perhaps without what it held.
  if (message->whole && reported_) look_soon();
  reported_ = message->sequence;
  parts_.sink.node_reported(std::move(message->report));
  return true;
}

void NodeDriver::look_soon() {
  must_look_ = true;
  wakeup_.wake();
}

}  // namespace gthulhu
