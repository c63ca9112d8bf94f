// SPDX-License-Identifier: Apache-2.0
// What a fuzz target demands. A demand that does not hold ends the process, in every build, so that libFuzzer and the
// replay both see it.
#pragma once

#include <cstdio>
#include <cstdlib>

#define DEMAND(condition)                                                                \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                \
        }                                                                                \
    } while (false)
