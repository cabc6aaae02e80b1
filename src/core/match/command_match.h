// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace gthulhu {

// What of a process a command pattern is matched against.
enum class CommandMatch : std::uint8_t {
  comm,     // its name, /proc/PID/comm: at most 15 bytes, of the process's own choice
  exe,      // the path of its program, /proc/PID/exe
  cmdline,  // its arguments joined by blanks, /proc/PID/cmdline, the first 4,096 bytes
  thread    // each thread's own name; the decision is for the threads that match
};

inline constexpr std::array all_command_matches{CommandMatch::comm, CommandMatch::exe,
                                                CommandMatch::cmdline, CommandMatch::thread};

constexpr std::string_view name(CommandMatch match) {
  switch (match) {
    case CommandMatch::comm: return "comm";
    case CommandMatch::exe: return "exe";
    case CommandMatch::cmdline: return "cmdline";
    case CommandMatch::thread: return "thread";
  }
  std::abort();
}

constexpr std::optional<CommandMatch> command_match_of(std::string_view text) {
  for (const CommandMatch match : all_command_matches) {
    if (name(match) == text) return match;
  }
  return std::nullopt;
}

}  // namespace gthulhu
