// SPDX-License-Identifier: Apache-2.0
// "omcast decode [--json] [FILE...]": frames from hex lines or captures, as text or as one JSON object a line. Called
// by main() and by the tests; reading stands in hex_lines.h and pcap_file.h, the objects in message_json.h.
#pragma once

namespace tools {

/// Returns 0 if every frame could be read, else 1; throws UsageError.
int decode_command(int argc, char** argv);

}  // namespace tools
