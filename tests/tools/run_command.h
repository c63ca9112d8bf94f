// SPDX-License-Identifier: Apache-2.0
// Runs the omcast command as a user does, and keeps what it says.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/temporary_folder.h"

namespace tests {

struct Ran {
    int status = -1;  ///< the exit status; -1 if a signal ended it
    std::string out;
    std::string errors;
};

/// `arguments` go through a shell; a redirection among them stands above the one that keeps the output.
inline Ran omcast(const std::string& arguments) {
    const TemporaryFolder folder;
    const std::string redirected = " >" + folder.file("out") + " 2>" + folder.file("errors") + " ";
    const std::string command = std::string{OMCAST} + redirected + arguments;
    const int state = std::system(command.c_str());
    Ran ran;
    if (WIFEXITED(state)) ran.status = WEXITSTATUS(state);
    ran.out = read_text(folder.file("out"));
    ran.errors = read_text(folder.file("errors"));
    return ran;
}

/// How many lines `text` has.
inline std::size_t lines(const std::string& text) {
    std::size_t count = 0;
    for (const char c : text) count += c == '\n';
    return count;
}

}  // namespace tests
