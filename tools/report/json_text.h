// SPDX-License-Identifier: Apache-2.0
// JSON as text that a person can also read: a member a line, and each element of a list of objects on a line of its
// own.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace tools {

/// Ends with a line feed. Numbers are written as short as they can be without becoming another number.
std::string json_text(const boost::json::value& value);

}  // namespace tools
