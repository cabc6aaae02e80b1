// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

namespace gthulhu {

namespace {

Result<std::string> read_answer() {
  std::string answer;
  if (!std::getline(std::cin, answer)) {
    return Error{Errc::invalid_argument, "no answer was given", ""};
  }
  return answer;
}

}  // namespace

Result<std::string> ask(const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0) {
    return Error{Errc::invalid_argument,
                 "standard input is no terminal to ask on; see --help for the options that answer",
                 ""};
  }
  std::cerr << question << ": " << std::flush;
  return read_answer();
}

Result<std::string> ask_secret(const std::string& question) {
  termios before{};
  const bool is_terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (is_terminal) {
    termios quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  Result<std::string> answer = ask(question);
  if (is_terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::cerr << '\n';
  }
  return answer;
}

Result<std::string> first_line_of(const std::string& path) {
  if (path == "-") return read_answer();
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line) || line.empty()) {
    return Error{Errc::invalid_argument, "cannot read a password from " + path, ""};
  }
  return line;
}

}  // namespace gthulhu
