// SPDX-License-Identifier: Apache-2.0
// A frame as a JSON object: hex, direction, format, type, trailer and fields, with the names of tests/golden/README.md.
#pragma once

#include <boost/json/object.hpp>

#include "omci/frame.h"

namespace tools {

/// `octets` are those that `frame` was read from.
boost::json::object to_json(const omci::Frame& frame, omci::Octets octets);

}  // namespace tools
