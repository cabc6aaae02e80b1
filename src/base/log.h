// SPDX-License-Identifier: Apache-2.0
//
// One structured line per event: log_info("strategy stored", {{"id", id.str()}}).
// Only app loops, rest, cli and main may include this: who handles an error logs
// it, once; everybody below returns it.
//
// Threads: all functions from anywhere. Before log_to() lines of level info and
// above go to standard output in spdlog's own form.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

// "debug", "info", "warn", "warning", "error", "off"; zerolog's "trace" is debug, its "fatal" and
// "panic" are error, so that existing configuration files keep working.
std::optional<LogLevel> parse_log_level(std::string_view text);

struct LogSettings {
  LogLevel level = LogLevel::info;
  bool console = true;    // to standard error
  std::string file_path;  // also appended to this file, when not empty
};

// Errc::unavailable when the file cannot be opened.
Result<> log_to(const LogSettings& settings);

struct LogField {
  std::string_view key;
  std::string value;

  LogField(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
  LogField(std::string_view name, std::integral auto number)
      : key(name), value(std::to_string(number)) {}
};
using LogFields = std::initializer_list<LogField>;

void log_debug(std::string_view event, LogFields fields = {});
void log_info(std::string_view event, LogFields fields = {});
void log_warning(std::string_view event, LogFields fields = {});
void log_error(std::string_view event, LogFields fields = {});

}  // namespace gthulhu
