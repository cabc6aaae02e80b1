// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/list_watch.h"

#include <algorithm>
#include <utility>

#include "core/sync/backoff.h"
#include "wire/kube/list_splitter.h"

namespace gthulhu {

namespace {

// Of one event; the object in it is at most 1.5 MiB in etcd.
constexpr std::size_t line_bytes_max = wire::ListSplitter::item_bytes_max;
// So often a server may say that it lags behind what was known before the whole cluster is asked:
// one that has just started catches up in seconds, one of a restored backup never does.
constexpr int behind_max = 5;

// A watch that lasted so many times the least pause was well.
constexpr int quiet_and_well = 10;

const net::Headers objects{{"Accept", "application/json"}};
// Only who there is: a fraction of the whole objects.
const net::Headers metadata_only{
    {"Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}};

// One page of a list; each item goes to `take` as it comes.
Result<wire::KubeListMeta> read_page(KubeClient& client,
                                     const std::string& target,
                                     const net::Headers& headers,
                                     net::StreamTimeouts timeouts,
                                     wire::ListSplitter::Item take) {
  wire::ListSplitter splitter(std::move(take));
  TRY(client.get(
      target, headers, [&](std::string_view piece) { return splitter.feed(piece); }, timeouts));
  const std::string rest = TRY(splitter.rest());
  return wire::decode_kube_list_meta(rest);
}

}  // namespace

ListWatch::ListWatch(const Parts& parts,
                     std::string path,
                     std::string resource,
                     const WatchPace& pace)
    : clock_(parts.clock),
      random_(parts.random),
      observer_(parts.observer),
      path_(std::move(path)),
      resource_(std::move(resource)),
      pace_(pace),
      client_(parts.access),
      audit_client_(parts.access) {}

ListWatch::~ListWatch() {
  stop();
}

void ListWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void ListWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  client_.stop();
  audit_client_.stop();
  if (thread_.joinable()) thread_.join();
}

WatchedKind ListWatch::status() const {
  const std::lock_guard lock(mutex_);
  WatchedKind status = status_;
  status.resource = resource_;
  status.objects = versions_.size();
  return status;
}

void ListWatch::run() {
  for (;;) {
    pause_until(earliest(next_));
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (std::exchange(must_list_, false)) next_ = Request::list;
    }
    const Request request = next_;
    begin(request);
    const Result<> done = request == Request::list ? list() : watch();
    hand_over({}, false);  // what came before a failure
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (must_list_) continue;  // the watch was ended for it
    }
    if (done) {
      ended_well(request);
    } else {
      ended(request, done.error());
    }
  }
}

void ListWatch::pause_until(MonotonicTime when) {
  std::unique_lock lock(mutex_);
  called_.wait_until(lock, when, [this] { return stopping_; });
}

MonotonicTime ListWatch::earliest(Request next) const {
  return std::max(begun_.at(static_cast<std::size_t>(next)) + pace_.apart, not_before_);
}

void ListWatch::begin(Request request) {
  begun_.at(static_cast<std::size_t>(request)) = clock_.monotonic();
  stood_ = false;
  const std::lock_guard lock(mutex_);
  ++(request == Request::list ? status_.lists : status_.watches);
}

void ListWatch::ended_well(Request request) {
  if (request == Request::list) {
    authority_ = Authority::one_server;
    behind_ = 0;
    next_ = Request::watch;
    {
      const std::lock_guard lock(mutex_);
      status_.is_complete = true;
    }
    if (!polls_) progressed();
    return;
  }
  // A watch that ends as soon as it began shows nothing.
  const auto lasted = clock_.monotonic() - begun_.at(static_cast<std::size_t>(request));
  if (lasted >= pace_.apart) {
    forbidden_since_.reset();
    polls_ = false;
    progressed();
  } else {
    not_before_ = next_try(clock_.monotonic(), ++failures_, random_.draw());
  }
}

void ListWatch::progressed() {
  failures_ = 0;
  stands();
}

void ListWatch::stands() {
  std::size_t known = 0;
  {
    const std::lock_guard lock(mutex_);
    if (status_.is_current || !status_.is_complete) return;
    status_.is_current = true;
    status_.trouble.clear();
    known = versions_.size();
  }
  observer_.is_current(resource_, known);
}

void ListWatch::ended(Request request, const Error& why) {
  const MonotonicTime now = clock_.monotonic();
  // One that was quiet for long has shown nothing, and was well all the same.
  const auto lasted = now - begun_.at(static_cast<std::size_t>(request));
  if (stood_ && lasted >= quiet_and_well * pace_.apart) failures_ = 0;
  ++failures_;
  not_before_ = now;
  // The first failure of a stream that went well may be the end of its connection only.
  if (failures_ > 1) not_before_ = next_try(now, failures_, random_.draw());
  not_before_ = std::max(not_before_, now + why.retry_after);
  if (why.code == Errc::stale || why.code == Errc::conflict) {
    const bool was_list = request == Request::list;
    const bool is_lost = why.code == Errc::stale && was_list;
    if (why.code == Errc::conflict) ++behind_;
    if (is_lost || behind_ >= behind_max) authority_ = Authority::whole_cluster;
    if (why.code == Errc::stale || behind_ >= behind_max) next_ = Request::list;
  }
  const bool is_refusal = why.code == Errc::forbidden && request == Request::watch;
  if (is_refusal && !forbidden_since_) forbidden_since_ = now;
  if (is_refusal && now - *forbidden_since_ >= pace_.doubt) {
    polls_ = true;
    next_ = Request::list;
    not_before_ = now + pace_.poll;
  }
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = status_.is_current || status_.trouble.empty() || trouble_code_ != why.code;
    // A watch that has to begin again is in step as long as it can at once.
    if (failures_ <= 1 && status_.is_current && why.code != Errc::forbidden) return;
    status_.is_current = false;
    trouble_code_ = why.code;
    status_.trouble = why.message;
  }
  if (is_new) observer_.fell_behind(resource_, why);
}

// --- list ---

std::string ListWatch::list_target(const std::string& continue_token, Authority authority) const {
  std::string target = path_ + "?limit=" + std::to_string(pace_.page);
  // A continued list is of the version that it began with.
  if (!continue_token.empty()) return target + "&continue=" + net::percent_encode(continue_token);
  if (authority == Authority::whole_cluster) return target;
  const std::lock_guard lock(mutex_);
  return target +
         "&resourceVersionMatch=NotOlderThan&resourceVersion=" + std::to_string(versions_.latest());
}

Result<> ListWatch::list() {
  {
    const std::lock_guard lock(mutex_);
    versions_.begin_list(authority_);
  }
  wire::KubeListMeta meta;
  do {
    meta = TRY(read_page(client_, list_target(meta.continue_token, authority_), objects, pace_.list,
                         [this](std::string_view json) { return take_item(json); }));
    {
      const std::lock_guard lock(mutex_);
      if (versions_.is_stale(meta.version)) {
        return Error{Errc::conflict, "the API server lags behind what was known before", ""};
      }
    }
    hand_over({}, false);
  } while (!meta.continue_token.empty());
  std::vector<std::string> gone;
  {
    const std::lock_guard lock(mutex_);
    gone = versions_.end_list(meta.version);
  }
  hand_over(std::move(gone), true);
  return {};
}

Result<> ListWatch::take_item(std::string_view json) {
  const Event item = TRY(read_item(json));
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    is_news = versions_.listed(item.uid, item.version);
  }
  if (is_news) keep();
  return {};
}

// --- watch ---

std::string ListWatch::watch_target() {
  const double share = 0.75 + random_.draw() / 4;
  const auto seconds = std::chrono::duration<double>(pace_.watch).count() * share;
  const std::lock_guard lock(mutex_);
  return path_ + "?watch=true&allowWatchBookmarks=true&resourceVersion=" +
         std::to_string(versions_.latest()) +
         "&timeoutSeconds=" + std::to_string(std::max(1, static_cast<int>(seconds)));
}

Result<> ListWatch::watch() {
  line_.clear();
  const auto take = [this](std::string_view piece) {
    stood_ = true;
    stands();
    Result<> taken = take_lines(piece);
    hand_over(std::exchange(gone_, {}), false);
    return taken;
  };
  TRY(client_.get(watch_target(), objects, take, {pace_.head, pace_.stalled}));
  if (line_.empty()) return {};
  client_.close();
  return Error{Errc::corrupt, "the watch was cut off in an event", ""};
}

Result<> ListWatch::take_lines(std::string_view piece) {
  for (;;) {
    const std::size_t end = piece.find('\n');
    if (end == std::string_view::npos) break;
    if (line_.empty()) {
      TRY(take_line(piece.substr(0, end)));
    } else {
      line_ += piece.substr(0, end);
      TRY(take_line(line_));
      line_.clear();
    }
    piece.remove_prefix(end + 1);
  }
  line_ += piece;
  if (line_.size() <= line_bytes_max) return {};
  return Error{Errc::too_large, "an event of the API server is too large", ""};
}

Result<> ListWatch::take_line(std::string_view line) {
  Event event = TRY(read_line(line));
  if (event.type == Event::Type::error) {
    const bool is_stale = event.status.code == 410;
    Error error{is_stale ? Errc::stale : Errc::unavailable,
                "the API server ends the watch: " + event.status.message, event.status.reason};
    if (event.status.is_version_too_large) error.code = Errc::conflict;
    error.retry_after = event.status.retry_after;
    return error;
  }
  bool is_news = true;
  {
    const std::lock_guard lock(mutex_);
    switch (event.type) {
      case Event::Type::changed: is_news = versions_.changed(event.uid, event.version); break;
      case Event::Type::deleted: is_news = versions_.deleted(event.uid, event.version); break;
      case Event::Type::bookmark:
      case Event::Type::error: versions_.passed(event.version); break;
    }
    ++status_.events;
    if (!is_news) ++status_.repeated;
  }
  if (is_news && event.type == Event::Type::changed) keep();
  if (is_news && event.type == Event::Type::deleted) gone_.push_back(std::move(event.uid));
  behind_ = 0;
  forbidden_since_.reset();
  polls_ = false;
  progressed();
  return {};
}

// --- audit ---

Result<> ListWatch::audit() {
  {
    const std::lock_guard lock(mutex_);
    if (!status_.is_current) return {};  // what differs may be what the watch has not heard yet
    ++status_.audits;
  }
  std::vector<Differing> suspects = TRY(differing());
  if (suspects.empty()) return {};
  {
    std::unique_lock lock(mutex_);
    if (called_.wait_for(lock, pace_.grace, [this] { return stopping_; })) return {};
    std::erase_if(suspects, [this](const Differing& one) { return !still_differs(one); });
    if (suspects.empty() || !status_.is_current) return {};
    status_.lost += suspects.size();
    must_list_ = true;
  }
  observer_.lost_events(resource_, suspects.size());
  client_.interrupt();
  return {};
}

Result<std::vector<ListWatch::Differing>> ListWatch::differing() {
  std::unordered_map<std::string, ResourceVersion> listed;
  const auto take = [&](std::string_view json) -> Result<> {
    wire::KubeAny object = TRY(wire::decode_kube_object<wire::KubeAny>(json));
    listed[std::move(object.meta.uid)] = object.meta.version;
    return {};
  };
  wire::KubeListMeta meta;
  do {
    const std::string target = list_target(meta.continue_token, Authority::one_server);
    meta = TRY(read_page(audit_client_, target, metadata_only, pace_.list, take));
  } while (!meta.continue_token.empty());
  audit_client_.close();

  std::vector<Differing> found;
  const std::lock_guard lock(mutex_);
  versions_.for_each([&](const std::string& uid, ResourceVersion held) {
    const auto there = listed.find(uid);
    if (there == listed.end()) {
      if (held <= meta.version) found.push_back({uid, 0, held});
    } else if (held < there->second) {
      found.push_back({uid, there->second, held});
    }
  });
  for (const auto& [uid, version] : listed) {
    if (versions_.version_of(uid) == 0 && !versions_.is_gone(uid))
      found.push_back({uid, version, 0});
  }
  return found;
}

bool ListWatch::still_differs(const Differing& one) const {
  const ResourceVersion held = versions_.version_of(one.uid);
  if (one.listed == 0) return held == one.held;
  return held < one.listed && !versions_.is_gone(one.uid);
}

}  // namespace gthulhu
