// SPDX-License-Identifier: Apache-2.0
// "omcast replay" on any capture: fresh handlers take whatever commands stand in it. It ends with a status, or with a
// sentence about the file, and with nothing else. (Its output is of no interest: -close_fd_mask=1.)
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "tests/fuzz/demand.h"
#include "tools/replay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const int file = memfd_create("capture", 0);
    DEMAND(file >= 0);
    DEMAND(::write(file, data, size) == static_cast<ssize_t>(size));
    std::string name = "replay", path = "/proc/self/fd/" + std::to_string(file);
    std::array<char*, 3> arguments{name.data(), path.data(), nullptr};
    try {
        const int status = tools::replay_command(2, arguments.data());
        DEMAND(status == 0 || status == 1);
    } catch (const std::runtime_error& error) {
        DEMAND(std::string{error.what()}.find(path) != std::string::npos);
    }
    ::close(file);
    return 0;
}
