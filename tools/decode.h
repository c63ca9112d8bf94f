// SPDX-License-Identifier: Apache-2.0
// "omcast decode [--json] [FILE...]": frames from hex lines or captures, as text or as one JSON object a line. Called
// by main() and by the tests; reading stands in decode/hex_lines.h and capture/pcap_file.h, the objects in
// decode/message_json.h.
#pragma once

#include <cstdio>
#include <iosfwd>
#include <string>

namespace tools {

/// Returns 0 if every frame could be read, else 1; throws UsageError.
int decode_command(int argc, char** argv);

/// Decodes all of `file`, which it closes and calls `name`: a capture if it begins like one, else hex lines. What
/// cannot be read becomes a line or object with an error on `out`, and a sentence on `errors`. True if all could.
bool decode_file(std::FILE* file, const std::string& name, bool json, std::ostream& out, std::ostream& errors);

}  // namespace tools
