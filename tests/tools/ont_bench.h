// SPDX-License-Identifier: Apache-2.0
// ONTs of "omcast ont" on the bench: a rack of them without sockets, the OLT's end of the talk, and a clock that is set
// by hand. A second bench with the same folder is what comes up after a power cut.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tools/ont_talk.h"
#include "tools/ont/rack.h"

namespace tests {

inline tools::OntKind small_ont() {
    tools::OntKind kind;
    kind.slot_octets = 256 * 1024;
    kind.identity.omcc_version = 0xB4;
    kind.factory_version = omci::make_version("FACTORY-1");
    kind.reboot_time = std::chrono::seconds{5};
    return kind;
}

/// A rack of ONTs, their OLT, and a clock that is set by hand.
struct OntBench final : tools::OntOutside {
    explicit OntBench(const std::string& slots, const tools::OntKind& kind = small_ont(), std::uint16_t count = 1)
        : rack{kind, 3, count, slots, *this}, talk{[this](omci::Octets frame, bool wanted) {
              sent.clear();
              rack.deliver({0, 3}, frame, now);
              work();
              // A reply comes before an AVC of a later boot; the first frame is it.
              return wanted && !sent.empty() ? std::optional{sent.front().octets} : std::nullopt;
          }} {
        rack.power_on(now);
    }

    void work() {
        while (rack.has_work()) rack.step(now);
    }
    void pass(olt::Duration time) {
        now += time;
        rack.advance(now);
        work();
    }
    void ont_sends(std::uint16_t onu_id, omci::Octets frame) override {
        sent.push_back({onu_id, {frame.begin(), frame.end()}});
    }
    void ont_says(std::uint16_t, std::string_view words) override { log.emplace_back(words); }
    bool said(const std::string& words) const {
        return std::any_of(log.begin(), log.end(), [&](auto& line) { return line.find(words) != std::string::npos; });
    }

    struct Sent {
        std::uint16_t onu_id;
        Bytes octets;
    };
    olt::Instant now{};
    std::vector<Sent> sent;
    std::vector<std::string> log;
    tools::OntRack rack;
    OntTalk talk;
};

inline void download(OntBench& bench, const Bytes& image) {
    REQUIRE(bench.talk.start(1, image.size(), 32) == omci::ResultCode::success);
    bench.talk.send(1, image, 0, image.size());
    REQUIRE(bench.talk.end(1, image) == omci::ResultCode::success);
}

}  // namespace tests
