// SPDX-License-Identifier: Apache-2.0
#include "cli/print.h"

#include <algorithm>
#include <iostream>

namespace gthulhu {

namespace {

int code_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::too_large: return 2;
    case Errc::unauthenticated: return 3;
    case Errc::forbidden: return 4;
    case Errc::not_found: return 5;
    case Errc::conflict:
    case Errc::stale: return 6;
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::too_many: return 7;
    case Errc::unsupported: return 8;
    case Errc::corrupt:
    case Errc::internal: return 1;
  }
  std::abort();
}

}  // namespace

void print_table(std::ostream& out, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      out << row[i] << (is_last ? "" : std::string(widths[i] - row[i].size() + 2, ' '));
    }
    out << '\n';
  }
}

int print_error(const Error& error) {
  std::cerr << "gthulhu: " << error.text() << '\n';
  return code_of(error.code);
}

int exit_code(const Result<>& result) {
  return result ? 0 : print_error(result.error());
}

}  // namespace gthulhu
