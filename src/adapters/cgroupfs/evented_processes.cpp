// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/evented_processes.h"

#include <algorithm>
#include <utility>

namespace gthulhu {

namespace {

using std::chrono::nanoseconds;

// Taking in may cost one part of the time in so many; what was lost is repaired likewise.
constexpr int gather_per_work = 30;
constexpr std::chrono::milliseconds gather_most{20};
constexpr std::chrono::milliseconds audit_step{1'000};
// Together with something else a little early.
constexpr std::chrono::milliseconds audit_slack{100};
constexpr int audit_per_work = 200;
constexpr std::chrono::milliseconds rescan_least{1'000};
constexpr int rescan_per_work = 20;
// More than a full ring has (TaskEvents::take() hands over some thousands at a time).
constexpr int rounds_per_ring = 16;

PodPlaces places_of(const Workload& workload) {
  PodPlaces places{workload.pod.cgroup_path, {}};
  for (const Workload::Directory& directory : workload.directories) {
    places.containers.emplace(CgroupId{directory.inode}, directory.container_id);
  }
  return places;
}

}  // namespace

EventedProcesses::EventedProcesses(const Clock& clock,
                                   CgroupTree& tree,
                                   std::unique_ptr<TaskEvents> events,
                                   Settings settings,
                                   ProcessLook look,
                                   Interrupt interrupt)
    : clock_(clock),
      settings_(std::move(settings)),
      interrupt_(std::move(interrupt)),
      events_(std::move(events)),
      tree_(tree),
      look_(std::move(look)) {
  status_.source = events_->source();
  status_.reason = settings_.reason;
}

Result<std::unique_ptr<EventedProcesses>> EventedProcesses::open(const Clock& clock,
                                                                 CgroupTree& tree,
                                                                 std::unique_ptr<TaskEvents> events,
                                                                 Settings settings,
                                                                 const std::string& proc_root) {
  Interrupt interrupt = TRY(Interrupt::open());
  ProcessLook look = TRY(ProcessLook::open(tree.hierarchy(), proc_root));
  std::unique_ptr<EventedProcesses> made(new EventedProcesses(
      clock, tree, std::move(events), std::move(settings), std::move(look), std::move(interrupt)));
  {
    // New places are looked at, and at first all are new.
    const std::lock_guard lock(made->mutex_);
    TRY(made->take_in());
  }
  return made;
}

Result<const RunningPods*> EventedProcesses::of(const PodSet& pods) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(is_current_, false)) TRY(take_in());
  watched_ = pods;
  // Who asks once a second need not be woken for this besides.
  TRY(audit_if_due());
  return &index_.of(pods);
}

void EventedProcesses::tell_programs_of(PodSet pods) {
  const std::lock_guard lock(mutex_);
  index_.programs_are_wanted_of(std::move(pods));
  is_current_ = false;
}

Result<RunningPods> EventedProcesses::all() {
  const std::lock_guard lock(mutex_);
  TRY(take_in());
  return index_.all();
}

DiscoveryStatus EventedProcesses::status() const {
  const std::lock_guard lock(mutex_);
  DiscoveryStatus status = status_;
  status.pods = index_.pod_count();
  status.processes = index_.process_count();
  status.threads = index_.thread_count();
  if (status.trouble.empty()) status.trouble = look_.trouble();
  if (status.trouble.empty()) status.trouble = tree_.trouble();
  return status;
}

void EventedProcesses::wait(nanoseconds most) {
  const MonotonicTime begin = clock_.monotonic();
  for (MonotonicTime now = begin; now - begin <= most; now = clock_.monotonic()) {
    // Not longer than to the next audit, which is due at fixed times. Where more events are under
    // way nobody needs to be woken for the first.
    const nanoseconds pause =
        std::min(std::clamp<nanoseconds>(next_audit_ - now, nanoseconds(0), audit_step),
                 most - (now - begin));
    auto woken = Interrupt::Woken::by_other;
    if (!are_many_) {
      woken = interrupt_.wait(pause, {events_->readable(), tree_.kernel_events()});
      const bool is_nothing = woken == Interrupt::Woken::not_at_all;
      if (is_nothing && clock_.monotonic() - begin >= most) return;
    }
    if (woken == Interrupt::Woken::by_other) {
      const bool is_lone = clock_.monotonic() - last_take_in_ > settings_.gather_many * 2;
      const nanoseconds least = is_lone ? settings_.gather_first : settings_.gather_many;
      woken = interrupt_.wait(
          std::clamp<nanoseconds>(take_in_cost_ * gather_per_work, least, gather_most));
    }
    if (woken == Interrupt::Woken::by_interrupt) {
      is_current_ = false;  // there may be events that were being gathered
      return interrupt_.clear();
    }
    if (take_in_and_audit()) return;
  }
}

bool EventedProcesses::take_in_and_audit() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t events = status_.events;
  // Not how long it took: where all CPUs are wanted, nobody waits on top.
  const nanoseconds before = clock_.thread_cpu();
  Result<> taken = take_in();
  take_in_cost_ = clock_.thread_cpu() - before;  // audits have a pace of their own
  if (taken) taken = audit_if_due();
  status_.trouble = taken ? "" : taken.error().text();
  is_current_ = taken.has_value();
  are_many_ = events != status_.events;
  last_take_in_ = clock_.monotonic();
  return index_.has_news();
}

Result<> EventedProcesses::take_in() {
  TRY(take_events());
  TRY(rescan_if_due());
  return look_at_programs();
}

Result<> EventedProcesses::look_at_programs() {
  const MonotonicTime now = clock_.monotonic();
  while (!young_.empty() && young_.front().first <= now) {
    TRY(look_at_program(young_.front().second));
    young_.pop_front();
  }
  for (const TaskId& process : index_.without_program()) {
    TRY(look_at_program(process));
    young_.emplace_back(now + settings_.program_again, process);
  }
  return {};
}

Result<> EventedProcesses::look_at_program(const TaskId& process) {
  auto program = TRY(look_.program(process.tid));
  // One that has ended needs none; its end will be told.
  index_.program_is(process, program ? *std::move(program) : Program{});
  return {};
}

Result<> EventedProcesses::take_tree() {
  CgroupTree::View view = tree_.refresh();
  if (view == view_) return {};
  view_ = std::move(view);
  look_.workloads_are(*view_);
  std::map<PodUid, PodPlaces> pods;
  for (const auto& [uid, workload] : *view_)
    pods.emplace_hint(pods.end(), uid, places_of(workload));
  const std::vector<CgroupId> added = index_.pods_are(std::move(pods));
  // Before the look: what begins from here on is told.
  for (const CgroupId cgroup : added) events_->heed(cgroup);
  const ProcessLook::Members members = TRY(look_.members(added));
  for (const pid_t process : members.processes) {
    index_.process_is(process, TRY(look_.process(process, members)));
  }
  return {};
}

Result<> EventedProcesses::take_events() {
  Result<> taken = take_batch();
  // What is left of the batch is lost.
  if (!taken) has_gap_ = true;
  return taken;
}

Result<> EventedProcesses::take_batch() {
  batch_.clear();
  TRY(events_->take([&](const TaskEvent& event) { batch_.push_back(event); }));
  // After the events: a directory is made before a task is in it.
  TRY(take_tree());
  const MonotonicTime now = clock_.monotonic();
  std::set<pid_t> unclear;
  for (const TaskEvent& event : batch_) {
    status_.lag.count(now - event.at);
    if (events_->tells_places() && !index_.is_place(event.cgroup)) events_->ignore(event.cgroup);
    if (index_.apply(event) == TaskIndex::Applied::done) continue;
    if (events_->tells_places()) {
      const bool with_threads = event.kind == TaskEvent::Kind::process_moved;
      TRY(look_at_process(event.process,
                          ProcessLook::Place{event.task, with_threads, event.cgroup}));
    } else {
      unclear.insert(event.process);
    }
  }
  status_.events += batch_.size();
  for (const pid_t process : unclear) TRY(look_at_process(process, std::nullopt));
  return {};
}

Result<> EventedProcesses::look_at_process(pid_t process,
                                           const std::optional<ProcessLook::Place>& told) {
  index_.process_is(process, TRY(look_.process(process, {}, told)));
  return {};
}

Result<> EventedProcesses::look_at(const std::vector<PodUid>& pods, bool is_repair) {
  for (const PodUid& pod : pods) {
    const auto workload = view_->find(pod);
    if (workload == view_->end()) continue;
    std::vector<CgroupId> cgroups;
    for (const Workload::Directory& directory : workload->second.directories) {
      cgroups.push_back(CgroupId{directory.inode});
    }
    const ProcessLook::Members members = TRY(look_.members(cgroups));
    ProcessLook::Members taken = members;
    taken.are_fresh = true;
    std::set<pid_t> processes = members.processes;
    for (const pid_t known : index_.processes_of(pod)) processes.insert(known);
    for (const pid_t process : processes) {
      // What agrees is taken for granted, from an old list too.
      auto found = TRY(look_.process(process, taken));
      if (found != index_.process(process)) {
        // An event may be on its way: it is no repair if that says the same.
        TRY(take_events());
        found = TRY(look_.process(process, members));
        if (is_repair && found != index_.process(process)) ++status_.repaired;
      }
      const bool is_there = found.has_value();
      const TaskId id = is_there ? found->id : TaskId{};
      index_.process_is(process, std::move(found));
      if (is_there && index_.is_program_wanted(pod)) TRY(look_at_program(id));
    }
  }
  return {};
}

Result<> EventedProcesses::rescan_if_due() {
  status_.lost = events_->lost();
  const bool has_gap = has_gap_ || status_.lost != lost_;
  if (!has_gap || clock_.monotonic() < rescan_not_before_) return {};
  const std::uint64_t lost = status_.lost;
  std::vector<PodUid> pods;
  for (const auto& [uid, workload] : *view_) pods.push_back(uid);
  has_gap_ = false;
  // What is told of from before the loss: a start whose end was lost must not be taken in after the
  // look.
  for (int round = 0; round == 0 || (round < rounds_per_ring && !batch_.empty()); ++round) {
    TRY(take_events());
  }
  const nanoseconds used_before = clock_.thread_cpu();
  Result<> looked = look_at(pods, true);
  const nanoseconds used = clock_.thread_cpu() - used_before;
  rescan_not_before_ =
      clock_.monotonic() + std::max<nanoseconds>(rescan_least, used * rescan_per_work);
  ++status_.rescans;
  if (looked) {
    lost_ = lost;
  } else {
    has_gap_ = true;
  }
  return looked;
}

std::vector<PodUid> EventedProcesses::next_to_audit() {
  std::vector<PodUid> pods;
  if (!events_->tells_places() && !watched_->empty()) {
    pods.assign(watched_->begin(), watched_->end());
    return pods;
  }
  const auto steps = static_cast<std::size_t>(settings_.audit_all / audit_step);
  const std::size_t count = view_->size() / std::max<std::size_t>(steps, 1) + 1;
  auto next = view_->upper_bound(audited_);
  while (pods.size() < std::min(count, view_->size())) {
    if (next == view_->end()) next = view_->begin();
    pods.push_back(next->first);
    ++next;
  }
  if (!pods.empty()) audited_ = pods.back();
  return pods;
}

Result<> EventedProcesses::audit_if_due() {
  if (clock_.monotonic() + audit_slack < next_audit_) return {};
  const nanoseconds used_before = clock_.thread_cpu();
  // What the events have told already is no repair: take_in() came just before.
  TRY(look_at(next_to_audit(), events_->tells_places()));
  const nanoseconds used = clock_.thread_cpu() - used_before;
  const nanoseconds least =
      events_->tells_places() || watched_->empty() ? audit_step : settings_.audit_places;
  next_audit_ = clock_.monotonic() + std::max<nanoseconds>(least, used * audit_per_work);
  return {};
}

}  // namespace gthulhu
