// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/result.h"

namespace gthulhu {

using Row = std::vector<std::string>;

// Columns as wide as their widest cell, two blanks apart; the first row is the head.
void print_table(std::ostream& out, const std::vector<Row>& rows);

// "gthulhu: message (detail)" to standard error. The exit code of the program: the only table from
// Errc to one.
int print_error(const Error& error);

// 0 after success, else print_error().
int exit_code(const Result<>& result);

}  // namespace gthulhu
