// SPDX-License-Identifier: Apache-2.0
#include "tools/link/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tools {
namespace {

constexpr unsigned onu_id_max = 0x3FFF;

std::optional<omci::Key128> read_key(const std::string& text) {
    omci::Key128 key;
    if (text.size() != 2 * key.size()) return std::nullopt;
    for (std::size_t i = 0; i < key.size(); ++i) {
        const char* at = text.data() + 2 * i;
        const auto [end, error] = std::from_chars(at, at + 2, key[i], 16);
        if (error != std::errc{} || end != at + 2) return std::nullopt;
    }
    return key;
}

std::optional<std::uint16_t> read_onu_id(const std::string& text) {
    std::uint16_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size() || id > onu_id_max) return std::nullopt;
    return id;
}

}  // namespace

Check::Check(const LinkOptions& options, LinkEnd end) : kind_{options.check}, end_{end} {
    if (kind_ != CheckKind::cmac) return;
    aes_.emplace();
    std::ifstream file{options.key_file};
    if (!file)
        throw std::runtime_error{
            fmt::format("--check: cannot open the key file {}: {}", options.key_file, std::strerror(errno))};
    std::string line;
    for (unsigned number = 1; std::getline(file, line); ++number) {
        std::istringstream words{line.substr(0, line.find('#'))};
        std::string id, key_text, more;
        if (!(words >> id)) continue;
        if (!(words >> key_text)) id.swap(key_text);
        const auto key = read_key(key_text);
        const auto onu_id = id.empty() ? std::optional<std::uint16_t>{} : read_onu_id(id);
        if (!key || (!id.empty() && !onu_id) || words >> more)
            throw std::runtime_error{
                fmt::format("{}:{}: a line is an ONU-ID (or none, for all others) and a key of 32 hexadecimal digits",
                            options.key_file, number)};
        if (onu_id)
            keys_[*onu_id] = *key;
        else
            common_key_ = *key;
    }
    if (file.bad())
        throw std::runtime_error{
            fmt::format("--check: cannot read the key file {}: {}", options.key_file, std::strerror(errno))};
    if (keys_.empty() && !common_key_)
        throw std::runtime_error{fmt::format("--check: the key file {} holds no key", options.key_file)};
}

std::optional<omci::Mic> Check::mic(const olt::Address& address, omci::Direction direction, omci::Octets checked) {
    if (kind_ != CheckKind::cmac) return omci::crc_mic(checked);
    const auto own = keys_.find(address.onu_id);
    const auto& key = own == keys_.end() ? common_key_ : std::optional{own->second};
    if (!key || address.is_shared()) return std::nullopt;
    return omci::cmac_mic(aes_->cipher(), *key, direction, checked);
}

omci::Octets Check::seal(const olt::Address& address, omci::Octets message,
                         std::array<std::uint8_t, omci::frame_max_octets>& room) {
    const auto frame = omci::read_frame(message);
    if (!frame || frame->truncated) return {};
    omci::Octets checked = frame->checked;
    // A message that ends before its CPCS trailer: the trailer is what every other message has.
    std::array<std::uint8_t, omci::baseline_checked_octets> whole{};
    if (frame->header.set == omci::MessageSet::baseline && frame->trailer == omci::Trailer::none) {
        std::copy(message.begin(), message.begin() + 40, whole.begin());
        whole[43] = static_cast<std::uint8_t>(omci::baseline_sdu_length);
        checked = whole;
    }
    const bool without = kind_ == CheckKind::none || (kind_ == CheckKind::automatic && peer_goes_without_);
    std::copy(checked.begin(), checked.end(), room.begin());
    if (without) return omci::Octets{room}.first(checked.size());
    const auto direction = end_ == LinkEnd::olt ? omci::Direction::downstream : omci::Direction::upstream;
    const auto made = mic(address, direction, checked);
    if (!made) return {};
    std::copy(made->begin(), made->end(), room.begin() + static_cast<std::ptrdiff_t>(checked.size()));
    return omci::Octets{room}.first(checked.size() + made->size());
}

Check::Verdict Check::open(const olt::Address& address, omci::Octets& message) {
    const auto frame = omci::read_frame(message);
    if (!frame || frame->truncated) return Verdict::unreadable;
    if (frame->trailer != omci::Trailer::mic) {
        if (kind_ == CheckKind::cmac) return Verdict::bad;
        if (end_ == LinkEnd::ont) peer_goes_without_ = true;
        return Verdict::good;
    }
    const bool zero = std::all_of(frame->mic.begin(), frame->mic.end(), [](std::uint8_t octet) { return octet == 0; });
    if (kind_ != CheckKind::none && !(zero && kind_ != CheckKind::cmac)) {
        const auto direction = end_ == LinkEnd::olt ? omci::Direction::upstream : omci::Direction::downstream;
        if (mic(address, direction, frame->checked) != frame->mic) return Verdict::bad;
    }
    if (end_ == LinkEnd::ont) peer_goes_without_ = false;
    message = frame->checked;
    return Verdict::good;
}

}  // namespace tools
