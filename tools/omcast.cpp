// SPDX-License-Identifier: Apache-2.0
// main() of the omcast command: the table of subcommands, and nothing else. A subcommand gets the arguments behind its
// own name and returns the exit status: 0 done, 1 not achieved, 2 wrong usage.
#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "tools/conform.h"
#include "tools/decode.h"
#include "tools/image.h"
#include "tools/ont.h"
#include "tools/replay.h"
#include "tools/simulate.h"
#include "tools/steps.h"
#include "tools/upgrade.h"
#include "tools/usage.h"

namespace {

struct Subcommand {
    std::string_view name;
    int (*run)(int argc, char** argv);  ///< argv[0] is the subcommand's name
    const char* job;
};

constexpr std::array subcommands{
    Subcommand{"abort", tools::abort_command, "ends a download that some ONTs of a link are in"},
    Subcommand{"activate", tools::activate_command, "the idle image of ONTs of a link, and waits until they run it"},
    Subcommand{"commit", tools::commit_command, "the active image of ONTs of a link: it is there to stay"},
    Subcommand{"conform", tools::conform_command, "acceptance of one ONT on a link: TP-247 and G.988, case by case"},
    Subcommand{"decode", tools::decode_command, "frames (hex lines or a capture) as text or JSON"},
    Subcommand{"image", tools::image_command, "images and packages: pack, sign, show, verify"},
    Subcommand{"ont", tools::ont_command, "ONTs on a link: the handler that firmware links, with its slots in files"},
    Subcommand{"replay", tools::replay_command, "the commands of a capture again, to a fresh handler: then and now"},
    Subcommand{"simulate", tools::simulate_command, "a whole PON, and an upgrade of all its ONTs, in this process"},
    Subcommand{"status", tools::status_command, "what ONTs of a link hold: both images of each"},
    Subcommand{"upgrade", tools::upgrade_command, "an image to the ONTs of a real link, activated and committed"},
};

void print_help() {
    std::puts(
        "omcast distributes firmware over a G-PON's management channel.\n\nusage: omcast SUBCOMMAND [ARGUMENT...]\n");
    for (const Subcommand& subcommand : subcommands)
        std::printf("  %-10s %s\n", subcommand.name.data(), subcommand.job);
    std::puts("\n\"omcast SUBCOMMAND --help\" tells more; \"omcast --version\" says which omcast this is.");
}

int run(int argc, char** argv) {
    if (argc < 2) throw tools::UsageError{"no subcommand given; \"omcast --help\" lists them"};
    const std::string_view name = argv[1];
    if (name == "--help" || name == "-h" || name == "help") return print_help(), 0;
    if (name == "--version") return std::puts("omcast " OMCAST_VERSION), 0;
    for (const Subcommand& subcommand : subcommands)
        if (subcommand.name == name) return subcommand.run(argc - 1, argv + 1);
    throw tools::UsageError{"\"" + std::string{name} + "\" is no subcommand; \"omcast --help\" lists them"};
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int status = run(argc, argv);
        if (std::fflush(stdout) != 0)
            std::perror("omcast: standard output");
        else if (std::ferror(stdout) == 0 || status != 0)  // what a run says as it goes is flushed long before
            return status;
        else
            std::fprintf(stderr, "omcast: standard output: not all of the report could be written\n");
    } catch (const tools::UsageError& error) {
        std::fprintf(stderr, "omcast: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "omcast: %s\n", error.what());
    }
    return 1;
}
