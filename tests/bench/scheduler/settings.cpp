// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/settings.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "tests/bench/scheduler/figures.h"

namespace gthulhu::bench {

namespace {

const std::set<std::string> all_loads{"wake",     "shares",     "floor",    "slices",
                                      "requests", "limits",     "priority", "kubelet",
                                      "cpusets",  "throughput", "inherit",  "meter"};

[[noreturn]] void explain() {
  std::fputs(
      "usage: scheduler_bench LOAD[,LOAD...] [OPTION VALUE]...\n"
      "  LOAD           wake, shares, floor, slices, requests, limits, priority, kubelet,\n"
      "                 cpusets, throughput, inherit, meter, or all; cost\n"
      "  --arm          stock (the default), weighted, cfs, sched_ext\n"
      "  --seconds      of each part of a load: wake 12 with 2.7 to warm up, shares 30, floor 60,\n"
      "                 requests 30, limits 30, priority 30, kubelet 30, cpusets 30, slices 10,\n"
      "                 throughput 5, meter 3, cost 10\n"
      "  --cpus         only the first so many\n"
      "  --beside       wake: some of one_pod,pods,storm,all,pods64,nothing\n"
      "  --priority     wake: of the favoured pods (10)\n"
      "  --deltas       shares: differences of priority (1,3,5,8,10)\n"
      "  --slices       slices: in us (500,2000,5000)\n"
      "  --work         throughput, meter: some of fork,pipe,sock,hackbench,cpu\n"
      "  --waking-pods  throughput: so many beside it wake 20 times a second (0)\n"
      "  --limited-pods throughput: so many more, with a limit of 0.1 CPUs each (0)\n",
      stderr);
  std::exit(2);
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

double number_of(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') fail(text + " is no number");
  return value;
}

std::set<std::string> loads_of(const std::string& text) {
  if (text == "all") return all_loads;
  std::set<std::string> loads;
  for (const std::string& load : parts_of(text)) {
    if (!all_loads.contains(load) && load != "cost") explain();
    loads.insert(load);
  }
  return loads;
}

void apply(Settings& settings, const std::string& option, const std::string& value) {
  if (option == "--arm") {
    settings.arm = value;
  } else if (option == "--seconds") {
    settings.duration =
        std::chrono::milliseconds(static_cast<std::int64_t>(number_of(value) * 1'000));
  } else if (option == "--cpus") {
    settings.cpus = static_cast<int>(number_of(value));
  } else if (option == "--beside") {
    settings.beside = parts_of(value);
  } else if (option == "--priority") {
    settings.priority = static_cast<int>(number_of(value));
  } else if (option == "--work") {
    settings.work = parts_of(value);
  } else if (option == "--limited-pods") {
    settings.limited_pods = static_cast<int>(number_of(value));
  } else if (option == "--waking-pods") {
    settings.waking_pods = static_cast<int>(number_of(value));
  } else if (option == "--deltas") {
    settings.deltas.clear();
    for (const auto& part : parts_of(value)) {
      settings.deltas.push_back(static_cast<int>(number_of(part)));
    }
  } else if (option == "--slices") {
    settings.slices.clear();
    for (const auto& part : parts_of(value)) {
      settings.slices.emplace_back(static_cast<std::int64_t>(number_of(part)));
    }
  } else {
    explain();
  }
}

}  // namespace

Settings settings_of(int count, char** arguments) {
  if (count < 2 || count % 2 != 0) explain();
  Settings settings;
  settings.loads = loads_of(arguments[1]);
  for (int i = 2; i < count; i += 2) apply(settings, arguments[i], arguments[i + 1]);
  return settings;
}

}  // namespace gthulhu::bench
