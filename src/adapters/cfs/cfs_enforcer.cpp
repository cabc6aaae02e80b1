// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/cfs_enforcer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace gthulhu {

namespace {

// Children of children that are forked while their parents are put back.
constexpr int restore_rounds_max = 16;
// In which children of restored tasks are looked for in one audit.
constexpr std::size_t former_cgroups_most = 25;

bool is_group_alike(const PodChange& change) {
  const auto of = [](const PodDecisions* pod) { return pod ? pod->whole : std::nullopt; };
  return of(change.before) == of(change.now);
}

void append(JournalBatch& batch, std::vector<TaskId> gone) {
  batch.gone_tasks.insert(batch.gone_tasks.end(), gone.begin(), gone.end());
}

}  // namespace

Result<std::unique_ptr<CfsEnforcer>> CfsEnforcer::open(Settings settings) {
  Parts parts{std::make_unique<KernelSchedulingCalls>(), std::make_unique<KernelCgroupFiles>(),
              std::make_unique<JournalOnDisk>(settings.journal_path)};
  return open(std::move(settings), std::move(parts));
}

Result<std::unique_ptr<CfsEnforcer>> CfsEnforcer::open(Settings settings, Parts parts) {
  TaskScheduling scheduling = TRY(TaskScheduling::probe(*parts.calls));
  const ProcTasks files(settings.proc, settings.hierarchy);
  std::string boot_id = TRY(files.boot_id());
  Journal::Opened opened = TRY(Journal::open(*parts.storage, std::move(boot_id)));
  return std::unique_ptr<CfsEnforcer>(new CfsEnforcer(std::move(settings), std::move(parts),
                                                      std::move(scheduling), std::move(opened)));
}

CfsEnforcer::CfsEnforcer(Settings settings,
                         Parts parts,
                         TaskScheduling scheduling,
                         Journal::Opened opened)
    : settings_(std::move(settings)),
      parts_(std::move(parts)),
      scheduling_(std::move(scheduling)),
      files_(settings_.proc, settings_.hierarchy),
      weights_(*parts_.cgroups,
               settings_.hierarchy,
               Systemctl(settings_.systemctl, settings_.systemctl_deadline)),
      journal_(std::move(opened.journal)),
      recovered_(std::move(opened.content)),
      journal_trouble_(std::move(opened.trouble)),
      tasks_(scheduling_, files_),
      groups_(weights_, settings_.kubelet_weights),
      autogroup_(files_.autogroup()) {}

Result<> CfsEnforcer::recover() {
  const JournalContent content = std::exchange(recovered_, {});
  tasks_.take_over(content.tasks);
  groups_.take_over(content.groups);
  JournalBatch batch;
  if (!content.tasks.empty()) batch.tasks = tasks_.adopt(files_.all_tasks(), true);
  dirty_ = true;
  return journal_.append(batch, [this] { return live(); });
}

EnforcerStatus CfsEnforcer::status() const {
  EnforcerStatus status;
  status.kind = EnforcerKind::cfs;
  status.approximate = true;
  status.reason = settings_.chosen_because;
  const auto add = [&](std::string_view text) {
    if (!status.reason.empty()) status.reason += "; ";
    status.reason += text;
  };
  add(scheduling_.takes_slices() ? "nice, slices and cpu weights"
                                 : "nice and cpu weights; the kernel takes no custom slices");
  if (!settings_.kubelet_weights) add("weights of kubelet-owned cgroups are left alone");
  if (!journal_trouble_.empty()) add(journal_trouble_);
  status.tasks = tasks_.count();
  status.cgroups = groups_.count();
  return status;
}

std::size_t CfsEnforcer::differences() const {
  return tasks_.differences() + groups_.differences();
}

JournalBatch CfsEnforcer::live() const {
  JournalBatch batch;
  batch.tasks = tasks_.records();
  batch.groups = groups_.records();
  return batch;
}

std::vector<pid_t> CfsEnforcer::tasks_in(const std::set<std::string>& cgroups) const {
  std::vector<pid_t> tasks;
  for (const std::string& cgroup : cgroups) {
    const std::vector<pid_t> members = files_.tasks_in(cgroup);
    tasks.insert(tasks.end(), members.begin(), members.end());
  }
  return tasks;
}

void CfsEnforcer::try_to_record(const JournalBatch& batch) {
  // Best effort: a record too many or too few is seen through at recovery by what the task holds,
  // and after a failure the next append writes the journal anew.
  (void)journal_.append(batch, [this] { return live(); });
}

Result<Outcomes> CfsEnforcer::enforce(const Decisions& wanted) {
  const bool is_whole = std::exchange(dirty_, true);
  if (is_whole) {
    TRY(pass(tasks_.plan(wanted), groups_.plan(wanted)));
    outcomes_.clear();
  } else {
    const std::vector<PodChange> changes = pod_changes(wanted_, wanted);
    const bool are_groups_alike = std::ranges::all_of(changes, is_group_alike);
    TRY(pass(tasks_.plan_changes(changes),
             are_groups_alike ? std::vector<GroupRecord>() : groups_.plan(wanted)));
    // They depend on the weights of all.
    if (!are_groups_alike) outcomes_.clear();
  }
  wanted_ = wanted;
  dirty_ = tasks_.is_unsettled() || groups_.is_unsettled();
  return outcomes_.of(wanted, [this](const PodDecisions& pod) { return outcomes_of(pod); });
}

Result<> CfsEnforcer::pass(std::vector<TaskRecord> tasks, std::vector<GroupRecord> groups) {
  JournalBatch batch;
  batch.tasks = std::move(tasks);
  batch.groups = std::move(groups);
  // What goes needs no record before, and must not wait for a full disk.
  const JournalBatch gone = restore_leaving();
  if (!batch.empty()) {
    if (Result<> recorded = journal_.append(batch, [this] { return live(); }); !recorded) {
      tasks_.drop_plan();
      groups_.drop_plan();
      return std::move(recorded).error().in("record the original values");
    }
    tasks_.write();
    groups_.write();
  }
  if (!gone.empty()) try_to_record(gone);
  return {};
}

JournalBatch CfsEnforcer::restore_leaving() {
  JournalBatch gone;
  append(gone, tasks_.restore_leaving());
  gone.gone_groups = groups_.restore_leaving();
  for (int round = 0; round < restore_rounds_max && !tasks_.left_cgroups().empty(); ++round) {
    if (tasks_.adopt(tasks_in(tasks_.left_cgroups()), true).empty()) break;
    append(gone, tasks_.restore_leaving());
  }
  return gone;
}

Result<> CfsEnforcer::audit() {
  const std::size_t before = differences();
  JournalBatch batch;
  ManagedTasks::Audited audited = tasks_.audit(settings_.audit_tasks_most, former_cgroups_most);
  batch.gone_tasks = std::move(audited.gone);
  const bool groups_differ = groups_.audit();

  ++audits_;
  const bool is_scan = audits_ % settings_.audits_per_scan == 0;
  if (tasks_.may_have_heirs()) {
    batch.tasks = tasks_.adopt(is_scan ? files_.all_tasks() : tasks_in(audited.cgroups), is_scan);
  }
  if (is_scan) {
    tasks_.forget_former();
    reaches_.clear();
    autogroup_ = files_.autogroup();
  }
  dirty_ =
      dirty_ || groups_differ || tasks_.is_unsettled() || !batch.empty() || differences() != before;
  if (!batch.empty()) try_to_record(batch);
  return {};
}

Result<> CfsEnforcer::restore_all() {
  tasks_.plan(Decisions{});
  groups_.plan({});
  JournalBatch gone = restore_leaving();
  // Children that moved to other cgroups are found by their values and their parents only.
  for (int round = 0; round < restore_rounds_max && tasks_.may_have_heirs(); ++round) {
    if (tasks_.adopt(files_.all_tasks(), true).empty()) break;
    append(gone, tasks_.restore_leaving());
  }
  wanted_ = Decisions{};
  outcomes_.clear();
  dirty_ = true;
  const std::size_t tasks_left = tasks_.records().size();
  const std::size_t groups_left = groups_.records().size();
  if (tasks_left + groups_left == 0) {
    tasks_.forget_former();
    return journal_.clear();
  }
  try_to_record(gone);
  return Error{Errc::unavailable,
               std::to_string(tasks_left) + " tasks and " + std::to_string(groups_left) +
                   " cgroups could not be put back; the next start tries again",
               ""};
}

}  // namespace gthulhu
