// SPDX-License-Identifier: Apache-2.0
#include "tools/image.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tools/image/pack.h"
#include "tools/image/show.h"
#include "tools/image/sign.h"
#include "tools/image/verify.h"
#include "tools/usage.h"

namespace tools {
namespace {

struct Verb {
    std::string_view name;
    int (*run)(int argc, const char* const* argv);  ///< argv[0] is "image VERB"
    const char* job;
};

constexpr std::array verbs{
    Verb{"pack", image_pack, "makes a package of a plain image: manifest, hashes, signatures, the image"},
    Verb{"show", image_show, "what an image or a package is, field by field"},
    Verb{"sign", image_sign, "adds a signature to a package"},
    Verb{"verify", image_verify, "checks a package as an ONT does, and by whom it is signed"},
};

void print_help() {
    std::puts("usage: omcast image VERB [ARGUMENT...]\n");
    for (const Verb& verb : verbs) std::printf("  %-8s %s\n", verb.name.data(), verb.job);
    std::puts("\n\"omcast image VERB --help\" tells more.");
}

}  // namespace

int image_command(int argc, char** argv) {
    constexpr const char* all = "pack, show, sign, verify";
    if (argc < 2) throw UsageError{fmt::format("image: nothing to do; give one of {}", all)};
    const std::string_view name = argv[1];
    if (name == "--help" || name == "-h") return print_help(), 0;
    for (const Verb& verb : verbs) {
        if (verb.name != name) continue;
        const std::string called = fmt::format("image {}", name);
        std::vector<const char*> arguments{called.c_str()};
        arguments.insert(arguments.end(), argv + 2, argv + argc);
        return verb.run(static_cast<int>(arguments.size()), arguments.data());
    }
    throw UsageError{fmt::format("image: \"{}\" is none of {}", name, all)};
}

}  // namespace tools
