// SPDX-License-Identifier: Apache-2.0
// The error of a command that was called wrongly: one sentence naming the flag and the cause. main() prints it and
// exits with 2; every other exception means that the job was not done, and exits with 1.
#pragma once

#include <stdexcept>

namespace tools {

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace tools
