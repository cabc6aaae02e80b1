// SPDX-License-Identifier: Apache-2.0
#include "app/manager/strategies.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/log.h"
#include "core/model/object_id.h"

namespace gthulhu {

namespace {

constexpr std::size_t excluded_pods_max = 10'000;

std::string object_of(const StrategyId& id) {
  return "strategy/" + id.str();
}

// What the roles would allow, for whoever reads the refusal.
std::string bounds_text(const Session& session) {
  std::string text;
  for (const RolePolicy& policy : session.scope.policies()) {
    if (!text.empty()) text += "; ";
    text += "k8sNamespace " + (policy.k8s_namespace.empty() ? "any" : policy.k8s_namespace);
    text += ", strategyNamespace " +
            (policy.policy_namespace.empty() ? "any" : policy.policy_namespace);
    if (policy.self) text += ", your own";
  }
  return text;
}

}  // namespace

bool may_see(const Session& session, const Strategy& strategy) {
  return session.scope.covers(strategy.creator, strategy.strategy_namespace, strategy.namespaces);
}

bool may_see(const Session& session, const Snapshot& snapshot, const Intent& intent) {
  const auto strategy = snapshot.strategies->find(intent.strategy);
  return strategy != snapshot.strategies->end() &&
         session.scope.covers(intent.creator, strategy->second->strategy_namespace,
                              std::span(&intent.name_space, 1));
}

Strategies::Strategies(
    const Clock& clock, Random& random, StrategyStore& store, Plane& plane, AuditText audit_text)
    : clock_(clock),
      random_(random),
      store_(store),
      plane_(plane),
      audit_text_(std::move(audit_text)) {}

Result<> Strategies::load() {
  const std::lock_guard lock(order_);
  StoredStrategies stored = TRY(store_.strategies());
  for (const std::string& problem : stored.unreadable) {
    log_error("a stored strategy is left out", {{"problem", problem}});
  }
  plane_.strategies_are(std::move(stored.strategies));
  return {};
}

Result<Strategy> Strategies::bounded(const Session& session, Strategy draft, const UserId& owner) {
  draft.creator = owner;
  if (draft.namespaces.empty()) {
    draft.namespaces = session.scope.namespaces_for(draft.strategy_namespace);
  }
  if (may_see(session, draft)) return draft;
  return Error{Errc::forbidden, "permission denied: your roles allow " + bounds_text(session), ""};
}

Result<Strategies::Written> Strategies::create(const Session& session, Strategy draft) {
  Strategy next = TRY(bounded(session, std::move(draft), session.user.id));
  const TimePoint now = clock_.now();
  if (next.expires && *next.expires <= now) {
    return Error{Errc::invalid_argument, "expiresAt must be in the future", ""};
  }
  next.id = StrategyId(new_object_id(now, random_));
  next.created = now;
  const std::lock_guard lock(order_);
  return write(session, std::move(next), nullptr, "strategy.create");
}

Result<Strategies::Written> Strategies::change(const Session& session,
                                               const StrategyId& id,
                                               std::optional<std::int64_t> expected,
                                               const Change& next) {
  const std::lock_guard lock(order_);
  const Strategy before = TRY(present(
      session, id, expected, "strategy not found or you don't have permission to update it"));
  Strategy wanted = TRY(next(before));
  Strategy changed = TRY(bounded(session, std::move(wanted), before.creator));
  changed.id = before.id;
  changed.created = before.created;
  return write(session, std::move(changed), &before, "strategy.update");
}

Result<> Strategies::erase(const Session& session,
                           const StrategyId& id,
                           std::optional<std::int64_t> expected) {
  const std::lock_guard lock(order_);
  const Strategy before = TRY(present(
      session, id, expected, "strategy not found or you don't have permission to delete it"));
  AuditEntry audit = audit_entry(session, "strategy.delete", object_of(id), clock_.now());
  audit.before = audit_text_(before);
  TRY(store_.erase(id, audit));
  plane_.erase(id);
  return {};
}

Result<> Strategies::exclude(const Session& session, const std::vector<IntentId>& intents) {
  const std::lock_guard lock(order_);
  const Plane::View snapshot = plane_.snapshot();
  std::set<IntentId> wanted(intents.begin(), intents.end());
  std::map<StrategyId, std::vector<PodUid>> pods;
  for (const auto& [node, view] : snapshot->nodes) {
    for (const Intent& intent : view->wanted->intents) {
      if (!wanted.contains(intent.id) || !may_see(session, *snapshot, intent)) continue;
      wanted.erase(intent.id);
      pods[intent.strategy].push_back(intent.pod);
    }
  }
  if (!wanted.empty()) {
    return Error{Errc::not_found,
                 "one or more intents not found or you don't have permission to delete them",
                 wanted.begin()->str()};
  }
  for (const auto& [id, excluded] : pods) {
    const Strategy& before = *snapshot->strategies->at(id);
    Strategy next = before;
    // Those of pods that are gone have done their work.
    const auto alive = plane_.namespaces_of(next.excluded_pods);
    std::erase_if(next.excluded_pods, [&](const PodUid& pod) { return !alive.contains(pod); });
    next.excluded_pods.insert(next.excluded_pods.end(), excluded.begin(), excluded.end());
    if (next.excluded_pods.size() > excluded_pods_max) {
      return Error{Errc::too_large,
                   "a strategy can leave out at most " + std::to_string(excluded_pods_max) +
                       " pods: narrow its selector",
                   id.str()};
    }
    TRY(write(session, std::move(next), &before, "intent.exclude"));
  }
  return {};
}

Result<Strategy> Strategies::get(const Session& session,
                                 const StrategyId& id,
                                 std::string_view missing) const {
  return present(session, id, std::nullopt, missing);
}

Result<Strategy> Strategies::present(const Session& session,
                                     const StrategyId& id,
                                     std::optional<std::int64_t> expected,
                                     std::string_view missing) const {
  const auto strategies = plane_.snapshot()->strategies;
  const auto known = strategies->find(id);
  if (known == strategies->end() || !may_see(session, *known->second)) {
    return Error{Errc::not_found, std::string(missing), id.str()};
  }
  const std::int64_t revision = known->second->revision;
  if (expected && *expected != revision) {
    return Error{Errc::stale,
                 "strategy was changed meanwhile: revision is " + std::to_string(revision) +
                     ", not " + std::to_string(*expected),
                 id.str()};
  }
  return *known->second;
}

// The caller holds order_.
Result<Strategies::Written> Strategies::write(const Session& session,
                                              Strategy next,
                                              const Strategy* present,
                                              std::string_view action) {
  next.updated = clock_.now();
  next.updater = session.user.id;
  next.revision = present == nullptr ? 1 : present->revision + 1;
  AuditEntry audit = audit_entry(session, action, object_of(next.id), next.updated);
  if (present != nullptr) audit.before = audit_text_(*present);
  audit.after = audit_text_(next);
  TRY(store_.put(next, audit));
  const std::size_t matched = plane_.put(next);
  return Written{std::move(next), matched};
}

}  // namespace gthulhu
