// SPDX-License-Identifier: Apache-2.0
// An OLT's half of an upgrade, command by command, over whatever carries a frame to an ONT and its answer back: a call
// of the daemon's object, or a socket to the real command.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "omci/crc32.h"
#include "omci/message.h"
#include "omci/mib_messages.h"
#include "omci/software_download.h"
#include "omci/software_image.h"

namespace tests {

using Bytes = std::vector<std::uint8_t>;

inline Bytes image_of(std::size_t octets, unsigned seed = 7) {
    Bytes image(octets);
    for (std::size_t i = 0; i < octets; ++i) image[i] = static_cast<std::uint8_t>((i * seed + i / 251) % 253);
    return image;
}

class OntTalk {
public:
    /// Carries a frame there; the answer, if one is wanted and comes.
    using Carry = std::function<std::optional<Bytes>(omci::Octets frame, bool answer_wanted)>;

    explicit OntTalk(Carry carry) : carry_{std::move(carry)} {}

    template <typename Response, typename Request>
    std::optional<Response> ask(omci::Action action, std::uint16_t image, const Request& request) {
        const auto answer = carry(action, image, request, true);
        if (!answer) return std::nullopt;
        kept_ = *answer;  // what the response may point into
        const auto frame = omci::read_frame(kept_);
        REQUIRE(frame);
        const auto response = omci::read_message<Response>(*frame);
        REQUIRE(response);
        return *response;
    }

    /// None: silence.
    std::optional<omci::SoftwareImage> image(std::uint16_t image) {
        const auto got = ask<omci::GetResponse>(omci::Action::get, image,
                                                omci::GetRequest{omci::AttributeMask{omci::software_image::state}});
        if (!got) return std::nullopt;
        return omci::SoftwareImage::from_values(got->values);
    }

    omci::ResultCode start(std::uint16_t image, std::size_t octets, std::uint8_t window) {
        omci::StartRequest request;
        request.last_section = static_cast<std::uint8_t>(window - 1);
        request.image_octets = static_cast<std::uint32_t>(octets);
        request.targets = omci::TargetList::one(omci::image_instance(image));
        const auto answer = ask<omci::StartResponse>(omci::Action::start_software_download, image, request);
        REQUIRE(answer);
        window_ = answer->last_section + std::size_t{1};
        return answer->result;
    }

    /// Sends the octets from `begin` to `end` of the image, window by window; those answered 6 again.
    void send(std::uint16_t image, const Bytes& octets, std::size_t begin, std::size_t end) {
        for (std::size_t at = begin; at < end;) {
            const std::size_t next = std::min(end, at + window_ * omci::baseline_section_octets);
            const auto result = window(image, octets, at, next);
            REQUIRE((result == omci::ResultCode::success || result == omci::ResultCode::device_busy));
            if (result == omci::ResultCode::success) at = next;
        }
    }

    omci::ResultCode window(std::uint16_t image, const Bytes& octets, std::size_t begin, std::size_t end) {
        std::uint8_t number = 0;
        for (std::size_t at = begin;; ++number) {
            const std::size_t size = std::min(omci::baseline_section_octets, end - at);
            const omci::SectionRequest section{number, omci::Octets{octets}.subspan(at, size)};
            at += size;
            if (at < end) {
                carry(omci::Action::download_section, image, section, false);
                continue;
            }
            const auto answer = ask<omci::SectionResponse>(omci::Action::download_section, image, section);
            REQUIRE(answer);
            return answer->result;
        }
    }

    /// Asks until the ONT is done reading back, at most `polls_max` times.
    omci::ResultCode end(std::uint16_t image, const Bytes& octets, unsigned polls_max = 1000) {
        omci::EndRequest request;
        request.image_crc = omci::ImageCrc{omci::crc32(octets)};
        request.image_octets = static_cast<std::uint32_t>(octets.size());
        request.targets = omci::TargetList::one(omci::image_instance(image));
        omci::ResultCode result = omci::ResultCode::device_busy;
        for (unsigned i = 0; i < polls_max && result == omci::ResultCode::device_busy; ++i) {
            const auto answer = ask<omci::EndResponse>(omci::Action::end_software_download, image, request);
            REQUIRE(answer);
            result = answer->result;
        }
        return result;
    }

    omci::ResultCode activate(std::uint16_t image) {
        const auto answer =
            ask<omci::ActivateResponse>(omci::Action::activate_software, image, omci::ActivateRequest{});
        REQUIRE(answer);
        return answer->result;
    }

    omci::ResultCode commit(std::uint16_t image) {
        const auto answer = ask<omci::CommitResponse>(omci::Action::commit_software, image, omci::CommitRequest{});
        REQUIRE(answer);
        return answer->result;
    }

private:
    template <typename Request>
    std::optional<Bytes> carry(omci::Action action, std::uint16_t image, const Request& request, bool answer_wanted) {
        id_ = id_ == 0x3FFF ? 1 : id_ + 1u;
        const auto header =
            omci::request(action, omci::TransactionId{static_cast<std::uint16_t>(id_)}, omci::MessageSet::baseline,
                          omci::MeClass::software_image, omci::image_instance(image), answer_wanted);
        Bytes room(omci::frame_max_octets);
        const auto size = omci::write_frame(header, request, room);
        REQUIRE(size);
        return carry_(omci::Octets{room}.first(*size), answer_wanted);
    }

    Carry carry_;
    Bytes kept_;
    std::uint32_t id_ = 0x100;
    std::size_t window_ = 1;
};

}  // namespace tests
