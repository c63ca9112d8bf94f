// SPDX-License-Identifier: Apache-2.0
// A fibre on the bench: ONTs on it, and nobody at the other end. Tests send frames down and see what comes back, when.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "omci/frame.h"
#include "omci/image_version.h"
#include "omci/mib_messages.h"
#include "omci/software_download.h"
#include "sim/fibre.h"
#include "sim/ont_node.h"

namespace sim_test {

inline olt::Image image_of(std::span<const std::uint8_t> octets) {
    const omci::ImageHash hash{1, 2, 3};
    return olt::make_image(octets, omci::image_version(octets, hash), hash);
}

/// Frames as an OLT would write them, each with a transaction identifier of its own.
class Writer {
public:
    std::vector<std::uint8_t> get() {
        return frame(omci::GetRequest{omci::AttributeMask{omci::software_image::is_valid}}, true);
    }
    std::vector<std::uint8_t> start(std::uint32_t octets, std::uint16_t window) {
        const auto target = omci::image_instance(image);
        return frame(omci::StartRequest{static_cast<std::uint8_t>(window - 1), octets, omci::TargetList::one(target)},
                     true);
    }
    std::vector<std::uint8_t> section(std::uint8_t number, std::span<const std::uint8_t> data, bool close) {
        return frame(omci::SectionRequest{number, data}, close);
    }
    std::vector<std::uint8_t> end(omci::ImageCrc crc, std::uint32_t octets) {
        return frame(omci::EndRequest{crc, octets, omci::TargetList::one(omci::image_instance(image))}, true);
    }

    unsigned image = 1;

private:
    template <typename Message>
    std::vector<std::uint8_t> frame(const Message& message, bool reply_wanted) {
        const auto header = omci::request(Message::action, omci::TransactionId{next_++}, omci::MessageSet::baseline,
                                          omci::MeClass::software_image, omci::image_instance(image), reply_wanted);
        std::vector<std::uint8_t> room(omci::baseline_frame_octets);
        (void)*omci::write_frame(header, message, room);
        return room;
    }

    std::uint16_t next_ = 1;
};

struct Answer {
    std::size_t ont = 0;
    sim::Nanoseconds departs = 0, arrives = 0;
    std::vector<std::uint8_t> octets;

    std::uint16_t transaction() const { return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]); }
    std::uint8_t result() const { return octets[8]; }
};

class BenchPon final : private sim::OntSurroundings {
public:
    BenchPon(const sim::Options& options, std::vector<std::uint8_t> octets)
        : options_{options},
          octets_{std::move(octets)},
          truth{image_of(octets_)},
          checker{truth, options.commit, report},
          fibre{options.line_bits_per_second, 4096} {
        sim::OntSurroundings& surroundings = *this;
        for (std::uint16_t onu_id = 0; onu_id < options.onts; ++onu_id) {
            const auto node = sim::node_options(options_, {0, onu_id}, onu_id);
            nodes.push_back(std::make_unique<sim::OntNode>(node, truth, fibre.shared_tape(), checker, surroundings));
            fibre.connect(*nodes.back());
        }
    }

    void send(sim::Nanoseconds now, std::uint16_t onu_id, std::span<const std::uint8_t> frame) {
        fibre.send(now, {0, onu_id}, frame);
    }
    void advance(sim::Nanoseconds to) {
        for (const auto& node : nodes) node->advance(to);
    }

private:
    void ont_sends(sim::OntNode& node, sim::Nanoseconds departs, sim::Nanoseconds arrives,
                   std::span<const std::uint8_t> frame) override {
        answers.push_back({node.options().number, departs, arrives, {frame.begin(), frame.end()}});
    }
    void ont_went_down(sim::OntNode&, sim::Nanoseconds now) override { downs.push_back(now); }
    void ont_came_up(sim::OntNode&, sim::Nanoseconds now) override { ups.push_back(now); }

    sim::Options options_;
    std::vector<std::uint8_t> octets_;

public:
    olt::Image truth;
    sim::Report report;
    sim::Checker checker;
    sim::Fibre fibre;
    std::vector<std::unique_ptr<sim::OntNode>> nodes;
    std::vector<Answer> answers;
    std::vector<sim::Nanoseconds> downs, ups;
};

}  // namespace sim_test
