// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/scheduler.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "cli/commands/session.h"
#include "cli/print.h"

namespace gthulhu {

namespace {

constexpr std::chrono::seconds between_looks{1};
constexpr std::string_view clear_screen = "\033[H\033[2J";

const wire::Value& part(const wire::Value& object, std::string_view member) {
  static const wire::Value none;
  const wire::Value* found = object.find(member);
  return found == nullptr ? none : *found;
}

// Names of tasks may be any bytes, also such as steer a terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) c = '?';
  }
  return text;
}

// "3 to_idle, 4 kept" of an object of numbers, without those that are 0.
std::string numbers_text(const wire::Value& numbers) {
  std::string text;
  const auto* members = numbers.as<wire::Value::Object>();
  if (members == nullptr) return text;
  for (const auto& [name, number] : *members) {
    const std::string count = wire::to_text(number);
    if (count == "0") continue;
    if (!text.empty()) text += ", ";
    text += count + " " + name;
  }
  return text.empty() ? "none" : text;
}

std::string exit_text(const wire::Value& exit) {
  std::string text = cell(exit, "at") + " " + cell(exit, "kind") + ": " + cell(exit, "reason");
  if (const std::string message = cell(exit, "message"); !message.empty()) {
    text += " (" + message + ")";
  }
  if (const std::string code = cell(exit, "code"); code != "0") text += ", code " + code;
  return printable(std::move(text));
}

void print_status(const wire::Value& data) {
  std::string state = cell(data, "state");
  if (const std::string since = cell(data, "since"); !since.empty()) state += " since " + since;
  std::vector<Row> rows{{"scheduler", state},
                        {"because", cell(data, "reason")},
                        {"enforcer", cell(data, "enforcer")}};
  if (const std::string next = cell(data, "nextTrial"); !next.empty()) {
    rows.push_back({"next trial", next});
  }
  if (cell(data, "state") != "none") {
    rows.push_back({"kernel", cell(data, "kernel")});
    rows.push_back({"counts", numbers_text(part(data, "counts"))});
    rows.push_back({"exits", numbers_text(part(data, "exitCounts"))});
  }
  if (cell(data, "state") == "attached") {
    const wire::Value& load = part(data, "load");
    rows.push_back({"rules", numbers_text(part(data, "rules"))});
    rows.push_back({"now", cell(load, "running") + " of " + cell(load, "onlineCpus") +
                               " CPUs run its tasks, " + cell(load, "chosen") + " are next, " +
                               cell(load, "queued") + " wait"});
  }
  const wire::Value::Array& exits = list_of(data, "exits");
  if (!exits.empty()) rows.push_back({"last exit", exit_text(exits.back())});
  if (!cell(data, "dump").empty()) rows.push_back({"dump", "see `gthulhu scheduler dump`"});
  print_table(std::cout, rows);
}

std::string slice_text(const wire::Value& thread) {
  const std::string slice = cell(thread, "sliceNs");
  return slice == "0" ? "default" : slice;
}

void print_threads(const wire::Value& data) {
  std::vector<Row> rows{
      {"THREAD", "NAME", "PRIORITY", "SLICE-NS", "IN-FORCE", "IN-FORCE-NS", "CURRENT", "SHARE"}};
  for (const wire::Value& thread : list_of(data, "threads")) {
    Row row{cell(thread, "thread"), printable(cell(thread, "name")), cell(thread, "priority"),
            slice_text(thread)};
    const wire::Value& held = part(thread, "inForce");
    if (held.is_null()) {
      row.insert(row.end(), {"-", "-", "-", "-"});
    } else {
      std::string share = cell(held, "share");
      share.resize(std::min<std::size_t>(share.size(), 6));
      row.insert(row.end(), {cell(held, "priority"), slice_text(held),
                             cell(held, "current") == "true" ? "yes" : "no", share});
    }
    rows.push_back(std::move(row));
  }
  print_table(std::cout, rows);
  if (cell(data, "all") == "false") std::cout << "and others\n";
}

Result<> look_once(const SchedulerOptions& options, ApiClient& client) {
  const wire::Value data = TRY(client.get("/api/v1/scheduler/threads"));
  if (options.output == OutputFormat::json) {
    std::cout << wire::to_text(data) << std::endl;
  } else {
    print_threads(data);
  }
  return {};
}

Result<> show_top(const SchedulerOptions& options, ApiClient& client) {
  if (options.once) return look_once(options, client);
  const bool is_screen = options.output == OutputFormat::table && ::isatty(STDOUT_FILENO) != 0;
  // Until who reads it has gone.
  while (std::cout) {
    if (is_screen) std::cout << clear_screen;
    TRY(look_once(options, client));
    std::cout << std::flush;
    std::this_thread::sleep_for(between_looks);
  }
  return {};
}

Result<> show_dump(const SchedulerOptions& options, ApiClient& client) {
  const wire::Value data = TRY(client.get("/api/v1/scheduler"));
  const std::string dump = cell(data, "dump");
  const wire::Value::Array& exits = list_of(data, "exits");
  if (options.output == OutputFormat::json) {
    const wire::Value last = exits.empty() ? wire::Value() : exits.back();
    std::cout << wire::to_text(wire::Value::Object{{"lastExit", last}, {"dump", dump}}) << '\n';
    return {};
  }
  if (!dump.empty()) {
    std::cout << printable(dump) << '\n';
    return {};
  }
  std::string why = "there is no dump: the kernel has thrown no scheduler of ours out for an error";
  if (!exits.empty()) why += "; the last exit: " + exit_text(exits.back());
  return Error{Errc::not_found, std::move(why), ""};
}

}  // namespace

Result<> look_after_scheduler(const SchedulerOptions& options, ApiClient client) {
  std::string method = "GET";
  std::string target = "/api/v1/scheduler";
  switch (options.action) {
    case SchedulerOptions::Action::top: return show_top(options, client);
    case SchedulerOptions::Action::dump: return show_dump(options, client);
    case SchedulerOptions::Action::status: break;
    case SchedulerOptions::Action::stop:
      method = "POST";
      target += "/stop";
      break;
    case SchedulerOptions::Action::reset:
      method = "POST";
      target += "/reset";
      break;
  }
  const wire::Value data = TRY(
      method == "GET" ? client.get(target) : client.send(method, target, wire::Value::Object{}));
  if (options.output == OutputFormat::json) {
    std::cout << wire::to_text(data) << '\n';
  } else {
    print_status(data);
  }
  return {};
}

}  // namespace gthulhu
