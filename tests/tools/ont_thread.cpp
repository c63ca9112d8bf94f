// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/ont_thread.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "omci/software_image.h"

namespace tests {

using namespace std::chrono_literals;

class OntThread::Outside final : public tools::OntOutside {
public:
    explicit Outside(OntThread& thread) : thread_{thread} {}

    void ont_sends(std::uint16_t onu_id, omci::Octets frame) override {
        const olt::Address from{0, onu_id};
        if (!thread_.gate_ || thread_.gate_(false, from, frame)) thread_.link_->send(from, frame);
    }
    void ont_says(std::uint16_t, std::string_view) override {}

private:
    OntThread& thread_;
};

OntThread::OntThread(const std::vector<OntMade>& onts, Gate gate, const std::string& check) : gate_{std::move(gate)} {
    loop_ = std::make_unique<tools::Loop>();
    outside_ = std::make_unique<Outside>(*this);
    open(check, static_cast<std::uint16_t>(onts.size()));
    for (std::uint16_t onu_id = 0; onu_id < onts.size(); ++onu_id) {
        tools::OntKind kind;
        const OntMade& made = onts[onu_id];
        const std::uint8_t serial[8] = {'O', 'M', 'C', 'T', 0, 0, 0, made.serial};
        std::copy(std::begin(serial), std::end(serial), kind.identity.serial_number);
        kind.identity.omcc_version = made.omcc_version;
        std::copy(made.product_code.begin(), made.product_code.end(), kind.identity.product_code);
        kind.slot_octets = 1024 * 1024;
        kind.packages = made.packages;
        kind.factory_version = omci::make_version("OLD");
        kind.reboot_time = 50ms;
        racks_.push_back(std::make_unique<tools::OntRack>(kind, onu_id, std::uint16_t{1}, folder_.file(""), *outside_));
    }
    thread_ = std::thread{[this] { run(); }};
}

OntThread::~OntThread() {
    over_ = true;
    thread_.join();
}

std::string OntThread::link(bool shared) const {
    const std::string base = fmt::format("udp:127.0.0.1:{}", port_);
    return shared ? fmt::format("{},shared=127.0.0.1:{}", base, port_ + racks_.size()) : base;
}

/// Finds ports that nobody uses by using them.
void OntThread::open(const std::string& check, std::uint16_t onts) {
    constexpr unsigned first = 20'000, ports = 40'000, tries = 200;
    const unsigned begin = static_cast<unsigned>(::getpid()) * 131;
    for (unsigned i = 0; i < tries; ++i) {
        port_ = static_cast<std::uint16_t>(first + (begin + i * (onts + 1u)) % ports);
        const std::string text = fmt::format("udp:127.0.0.1:{},shared=127.0.0.1:{}", port_, port_ + onts);
        try {
            link_ = std::make_unique<tools::Link>(*loop_, tools::parse_link(text, check, ""), tools::LinkEnd::ont,
                                                  std::uint16_t{0}, onts);
            return;
        } catch (const std::runtime_error&) {
            if (i + 1 == tries) throw;
        }
    }
}

tools::OntDaemon::ImageState OntThread::image(std::uint16_t onu_id, std::uint8_t image) {
    const std::lock_guard lock{mutex_};
    return racks_[onu_id]->ont(0).image(image);
}

void OntThread::run() {
    {
        const std::lock_guard lock{mutex_};
        for (auto& rack : racks_) rack->power_on(loop_->now());
    }
    while (!over_) {
        const bool work = std::any_of(racks_.begin(), racks_.end(), [](const auto& rack) { return rack->has_work(); });
        const auto arrival = link_->wait_until(work ? olt::Instant{} : loop_->now() + 5ms);
        const std::lock_guard lock{mutex_};
        const olt::Instant now = loop_->now();
        for (std::uint16_t onu_id = 0; onu_id < racks_.size(); ++onu_id) {
            tools::OntRack& rack = *racks_[onu_id];
            const bool concerned = arrival && (arrival->address.is_shared() || arrival->address.onu_id == onu_id);
            if (concerned && (!gate_ || gate_(true, {0, onu_id}, arrival->octets)))
                rack.deliver(arrival->address, arrival->octets, now);
            if (rack.deadline() <= now) rack.advance(now);
            if (rack.has_work()) rack.step(now);
        }
    }
}

}  // namespace tests
