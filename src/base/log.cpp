// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

#include "base/text.h"

namespace gthulhu {

namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  std::abort();
}

// A value is quoted when it could be taken for more than one; line ends cannot fake a new event.
void append_value(std::string& line, std::string_view value) {
  if (!value.empty() && value.find_first_of(" \"=\\\n\r\t") == std::string_view::npos) {
    line += value;
    return;
  }
  line += '"';
  for (const char letter : value) {
    if (letter == '"' || letter == '\\') line += '\\';
    if (letter == '\n') {
      line += "\\n";
    } else if (static_cast<unsigned char>(letter) < 0x20) {
      line += ' ';
    } else {
      line += letter;
    }
  }
  line += '"';
}

void write(spdlog::level::level_enum level, std::string_view event, LogFields fields) {
  const auto logger = spdlog::default_logger();
  if (!logger->should_log(level)) return;
  std::string line(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  logger->log(level, "{}", line);
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) {
  struct Word {
    std::string_view word;
    LogLevel level;
  };
  constexpr std::array words{Word{"trace", LogLevel::debug},     Word{"debug", LogLevel::debug},
                             Word{"info", LogLevel::info},       Word{"warn", LogLevel::warning},
                             Word{"warning", LogLevel::warning}, Word{"error", LogLevel::error},
                             Word{"fatal", LogLevel::error},     Word{"panic", LogLevel::error},
                             Word{"off", LogLevel::off},         Word{"disabled", LogLevel::off}};
  const std::string lower = to_lower(text);
  for (const Word& word : words) {
    if (word.word == lower) return word.level;
  }
  return std::nullopt;
}

Result<> log_to(const LogSettings& settings) {
  std::vector<spdlog::sink_ptr> sinks;
  if (settings.console) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (!settings.file_path.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file_path));
    } catch (const spdlog::spdlog_ex& failure) {
      return Error{Errc::unavailable, "the log file cannot be opened: " + settings.file_path,
                   failure.what()};
    }
  }
  auto logger = std::make_shared<spdlog::logger>("", sinks.begin(), sinks.end());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(level_of(settings.level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

void log_debug(std::string_view event, LogFields fields) {
  write(spdlog::level::debug, event, fields);
}
void log_info(std::string_view event, LogFields fields) {
  write(spdlog::level::info, event, fields);
}
void log_warning(std::string_view event, LogFields fields) {
  write(spdlog::level::warn, event, fields);
}
void log_error(std::string_view event, LogFields fields) {
  write(spdlog::level::err, event, fields);
}

}  // namespace gthulhu
