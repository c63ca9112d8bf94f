// SPDX-License-Identifier: Apache-2.0
// Replays corpora through a fuzz target, with any compiler: every file of the folders named, then the same file cut at
// every octet, with every octet changed in a few ways, and with octets behind it. Ends with how many inputs it tried.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t changed_octets_max = 256;  // of a long file: its beginning is where its structure is

std::size_t inputs = 0;

/// From a copy of its own size, so that a sanitizer sees an octet read behind the end.
void run(const Input& input) {
    const Input exact{input};
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
    ++inputs;
}

void run_variants(const Input& seed) {
    run(seed);
    const std::size_t count = std::min(seed.size(), changed_octets_max);
    for (std::size_t i = 0; i < count; ++i) {
        run({seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(i)});
        Input changed = seed;
        for (const unsigned octet : {0x00u, 0xFFu, seed[i] ^ 0x01u, seed[i] ^ 0x20u, seed[i] ^ 0x80u, seed[i] + 1u}) {
            changed[i] = static_cast<std::uint8_t>(octet);
            run(changed);
        }
    }
    Input longer = seed;
    longer.insert(longer.end(), seed.begin(), seed.end());
    run(longer);
}

bool replay(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder})
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
        std::ifstream file{path, std::ios::binary};
        run_variants({std::istreambuf_iterator<char>{file}, {}});
    }
    std::printf("%s: %zu files\n", folder.c_str(), files.size());
    return !files.empty();
}

}  // namespace

int main(int argc, char** argv) {
    bool ok = argc > 1;
    for (int i = 1; i < argc; ++i) ok = replay(argv[i]) && ok;
    std::printf("%zu inputs\n", inputs);
    return ok ? 0 : 1;
}
