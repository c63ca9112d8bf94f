// SPDX-License-Identifier: Apache-2.0
#include "tools/replay/capture.h"

#include <sys/stat.h>

#include <stdexcept>
#include <utility>

#include "omci/format.h"

namespace tools {
namespace {

/// A file that can be read a second time.
const std::string& regular(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
        throw std::runtime_error{"capture " + path + ": is not a regular file, and a replay reads it twice"};
    return path;
}

}  // namespace

ReplayCapture::ReplayCapture(const ReplayOptions& options, std::function<void(const std::string&)> complain)
    : options_{options}, complain_{std::move(complain)}, reader_{regular(options.capture)} {}

std::optional<CapturedFrame> ReplayCapture::next() {
    for (;;) {
        std::optional<PcapRecord> record;
        try {
            record = reader_.next();
        } catch (const std::runtime_error& error) {  // names file and packet; nothing behind it can be read
            bad(error.what());
        }
        if (!record) return std::nullopt;
        const std::string place = options_.capture + ": packet " + std::to_string(reader_.packet_number()) + ": ";
        if (!record->error.empty()) {
            bad(place + record->error);
            continue;
        }
        const auto frame = omci::read_frame(record->octets);
        if (!frame) {
            bad(place + omci::text(frame.error()));
            continue;
        }
        CapturedFrame captured;
        captured.packet = reader_.packet_number();
        captured.time_ns = record->time_ns;
        captured.octets = std::move(record->octets);  // the view stays good: the octets do not move
        captured.frame = *frame;
        captured.downstream = !omci::is_from_ont(frame->header);
        if (record->placed) {
            const PcapPlace& at = record->place;
            captured.downstream = at.direction == omci::Direction::downstream;
            captured.shared = !at.onu_id;
            captured.ont = {true, at.pon, at.onu_id.value_or(0)};
        }
        if (!chosen(captured)) continue;
        if (frame->truncated)
            bad(place + "truncated: " + std::to_string(frame->contents.size()) + " of " +
                std::to_string(frame->contents_octets) + " octets of contents");
        return captured;
    }
}

bool ReplayCapture::chosen(const CapturedFrame& frame) const {
    if (options_.pon && !(frame.ont.named && frame.ont.pon == *options_.pon)) return false;
    return !options_.onu_id || (frame.ont.named && (frame.shared || frame.ont.onu_id == *options_.onu_id));
}

void ReplayCapture::bad(const std::string& sentence) {
    ok_ = false;
    complain_(sentence);
}

}  // namespace tools
