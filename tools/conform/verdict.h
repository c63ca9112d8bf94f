// SPDX-License-Identifier: Apache-2.0
// How a case ends early. A case is a script of steps, each of which must hold before the next makes sense; like the
// assertions of a test framework, a step that does not hold leaves the script by an exception.
#pragma once

#include <stdexcept>

namespace tools::conform {

/// The ONT did something else than expected: one sentence with what was expected and what came.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The case says nothing about this ONT or this link: one sentence why.
struct NotApplicable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The ONT has been silent for so long that the run ends.
struct Gone : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace tools::conform
