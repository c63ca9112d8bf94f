// SPDX-License-Identifier: Apache-2.0
// "omcast decode" on any file: hex lines, captures, and what is neither. Every object it prints is JSON, and it says
// that something is wrong if and only if it prints an error.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <sstream>
#include <string>

#include "tests/fuzz/demand.h"
#include "tools/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    for (const bool as_json : {false, true}) {
        std::string copy{reinterpret_cast<const char*>(data), size};
        std::FILE* file = fmemopen(copy.data(), copy.size(), "rb");
        DEMAND(file);
        std::ostringstream out, errors;
        const bool ok = tools::decode_file(file, "input", as_json, out, errors);
        DEMAND(ok == errors.str().empty());
        if (!as_json) continue;
        bool error = false;
        std::istringstream lines{out.str()};
        for (std::string line; std::getline(lines, line);)
            error = boost::json::parse(line).as_object().contains("error") || error;
        DEMAND(ok != error);
    }
    return 0;
}
