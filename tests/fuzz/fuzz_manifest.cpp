// SPDX-License-Identifier: Apache-2.0
// A manifest of any octets: an error names a line that is there, and what is read is written back as something that
// reads the same. The order of versions is one.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "omci/manifest.h"
#include "tests/fuzz/demand.h"
#include "tools/image/package_maker.h"

namespace {

omci::ManifestError read(std::string_view text, omci::Manifest& manifest) {
    return omci::read_manifest({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, manifest);
}

std::vector<std::string> metas_of(std::string_view text) {
    std::vector<std::string> metas;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        if (line.starts_with("meta.")) metas.emplace_back(line.substr(5));
    }
    return metas;
}

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

/// Three texts of the input, cut where it says.
void demand_order(std::string_view text) {
    if (text.size() < 2) return;
    const std::size_t first = static_cast<std::uint8_t>(text[0]) % 20, second = static_cast<std::uint8_t>(text[1]) % 20;
    text.remove_prefix(2);
    const std::string_view a = text.substr(0, first);
    text.remove_prefix(a.size());
    const std::string_view b = text.substr(0, second);
    const std::string_view c = text.substr(b.size(), 20);
    const int ab = sign(omci::compare_versions(a, b)), bc = sign(omci::compare_versions(b, c));
    DEMAND(omci::compare_versions(a, a) == 0);
    DEMAND(sign(omci::compare_versions(b, a)) == -ab);
    if (ab == bc) DEMAND(sign(omci::compare_versions(a, c)) == ab);
    if (ab == 0) DEMAND(sign(omci::compare_versions(a, c)) == bc);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    demand_order(text);
    omci::Manifest manifest;
    const omci::ManifestError error = read(text, manifest);
    if (error.fault != omci::ManifestFault::ok) {
        const auto feeds = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        DEMAND(error.line <= feeds + 1);
        DEMAND((error.line == 0) == (error.fault == omci::ManifestFault::missing_key));
        return 0;
    }
    DEMAND(!manifest.version.empty() && manifest.version.size() <= 14 && manifest.size > 0);
    const std::vector<std::string> metas = metas_of(text);
    DEMAND(metas.size() <= omci::manifest_metas_max);
    const std::string written = tools::manifest_text(manifest, metas);
    omci::Manifest again;
    DEMAND(read(written, again).fault == omci::ManifestFault::ok);
    DEMAND(again == manifest);
    DEMAND(metas_of(written) == metas);
    return 0;
}
