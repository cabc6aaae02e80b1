// SPDX-License-Identifier: Apache-2.0
//
// The non-template parts of Asio, compiled once for the whole program.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
