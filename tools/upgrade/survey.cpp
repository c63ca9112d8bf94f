// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "olt/look.h"
#include "omci/entity_messages.h"
#include "tools/report/campaign.h"
#include "tools/report/groups.h"

namespace tools {
namespace {

constexpr unsigned attempts = 3;                     // of one question: G.988 B.2 knows lost messages
constexpr std::uint16_t serial_number_bit = 0x2000;  // ONU-G, attribute 3
constexpr std::uint16_t omcc_version_bit = 0x4000;   // ONU2-G, attribute 2

struct Wanted {
    omci::MeClass me_class;
    unsigned instance;
    std::uint16_t mask;
};

/// Asks all of `who` the same, and hands each answer that is a Get response to `take(ont, response)`.
template <typename Take>
void get_of_each(Conversation& conversation, std::span<OntSeen* const> who, const Wanted& wanted,
                 const Patience& patience, Take take) {
    std::vector<Conversation::Question> questions;
    for (const OntSeen* ont : who)
        questions.push_back(conversation.question(ont->onu, omci::Action::get, omci::MessageSet::baseline,
                                                  wanted.me_class,
                                                  omci::MeInstance{static_cast<std::uint16_t>(wanted.instance)},
                                                  omci::GetRequest{omci::AttributeMask{wanted.mask}}));
    const auto answers = conversation.ask_all(questions, patience);
    for (std::size_t i = 0; i < who.size(); ++i) {
        if (!answers[i]) {
            take(*who[i], nullptr);
            continue;
        }
        const omci::Frame frame = answers[i]->frame();
        const auto response = omci::read_message<omci::GetResponse>(frame);
        take(*who[i], response ? &*response : nullptr);
    }
}

/// The values of a response that carries all that was asked for; none where it does not.
std::optional<omci::Octets> values_of(const omci::GetResponse* response, std::uint16_t mask, std::size_t octets) {
    if (!response || omci::value(response->mask) != mask || response->values.size() < octets) return std::nullopt;
    if (response->result != omci::ResultCode::success) return std::nullopt;
    return response->values.first(octets);
}

std::vector<OntSeen*> those_well(std::span<OntSeen> onts) {
    std::vector<OntSeen*> out;
    for (OntSeen& ont : onts)
        if (ont.trouble.empty()) out.push_back(&ont);
    return out;
}

void take_serial(OntSeen& ont, const omci::GetResponse* response) {
    if (const auto values = values_of(response, serial_number_bit, olt::SerialNumber{}.octets.size())) {
        ont.serial.emplace();
        std::copy_n(values->begin(), ont.serial->octets.size(), ont.serial->octets.begin());
    } else if (!response) {
        ont.trouble = "does not answer";
    } else {
        ont.trouble = fmt::format("its serial number cannot be read: ONU-G answers {}", text_of(response->result));
    }
}

/// An ONT is its serial number: of two that show the same one neither can be dealt with.
void refuse_doubles(std::span<OntSeen> onts) {
    std::map<olt::SerialNumber, std::vector<OntSeen*>> by_serial;
    for (OntSeen& ont : onts)
        if (ont.serial) by_serial[*ont.serial].push_back(&ont);
    for (const auto& [serial, same] : by_serial) {
        if (same.size() < 2) continue;
        std::vector<olt::Address> onus;
        for (const OntSeen* ont : same) onus.push_back(ont->onu);
        for (OntSeen* ont : same)
            ont->trouble = fmt::format("ONU-IDs {} show the same serial number, {}", text_of_ids(onus, false),
                                       printable(olt::text(serial)));
    }
}

std::string text_of_octets(omci::Octets octets) {
    std::size_t size = octets.size();
    while (size > 0 && (octets[size - 1] == 0 || octets[size - 1] == ' ')) --size;
    return printable({reinterpret_cast<const char*>(octets.data()), size});
}

}  // namespace

std::optional<std::uint8_t> OntSeen::active() const {
    const bool first = images[0] && images[0]->state.active, second = images[1] && images[1]->state.active;
    if (first == second) return std::nullopt;
    return std::uint8_t{second};
}

std::optional<std::uint8_t> OntSeen::idle() const {
    const auto runs = active();
    if (!runs) return std::nullopt;
    return static_cast<std::uint8_t>(*runs ^ 1u);
}

Patience patience_of(olt::Duration answer_time) { return {answer_time / attempts, attempts}; }

std::vector<OntSeen> identify(Conversation& conversation, std::span<const std::uint16_t> onu_ids,
                              const Patience& patience) {
    std::vector<OntSeen> onts;
    for (const std::uint16_t onu_id : onu_ids) {
        OntSeen ont;
        ont.onu = {conversation.link().pon(), onu_id};
        onts.push_back(std::move(ont));
    }
    get_of_each(conversation, those_well(onts), {omci::MeClass::onu_g, 0, serial_number_bit}, patience, take_serial);
    refuse_doubles(onts);
    get_of_each(conversation, those_well(onts), {omci::MeClass::onu2_g, 0, omcc_version_bit}, patience,
                [](OntSeen& ont, const omci::GetResponse* response) {
                    if (const auto values = values_of(response, omcc_version_bit, 1))
                        ont.omcc_version = values->front();
                });
    return onts;
}

std::vector<bool> read_states(Conversation& conversation, std::span<OntSeen> onts, const std::vector<bool>& wanted,
                              const Patience& patience) {
    std::vector<OntSeen*> who;
    for (std::size_t i = 0; i < onts.size(); ++i)
        if (wanted[i]) who.push_back(&onts[i]);
    std::vector<bool> read(onts.size(), false);
    for (unsigned instance = 0; instance < 2; ++instance)
        get_of_each(conversation, who, {omci::MeClass::software_image, instance, omci::software_image::state}, patience,
                    [&](OntSeen& ont, const omci::GetResponse* response) {
                        omci::SoftwareImage state;
                        if (!response || !olt::read_state(*response, state)) return;
                        if (!ont.images[instance]) ont.images[instance].emplace();
                        ont.images[instance]->state = state;
                        read[static_cast<std::size_t>(&ont - onts.data())] = true;
                    });
    return read;
}

void read_images(Conversation& conversation, std::span<OntSeen> onts, const Patience& patience) {
    using namespace omci::software_image;
    std::vector<bool> well;
    for (const OntSeen& ont : onts) well.push_back(ont.trouble.empty());
    const std::vector<bool> read = read_states(conversation, onts, well, patience);
    for (std::size_t i = 0; i < onts.size(); ++i)
        if (well[i] && !read[i]) onts[i].trouble = "its Software image instances cannot be read";
    for (unsigned instance = 0; instance < 2; ++instance) {
        std::vector<OntSeen*> who = those_well(onts);
        std::erase_if(who, [instance](const OntSeen* ont) { return !ont->images[instance]; });
        get_of_each(conversation, who, {omci::MeClass::software_image, instance, product_code}, patience,
                    [instance](OntSeen& ont, const omci::GetResponse* response) {
                        if (const auto values = values_of(response, product_code, omci::product_code_octets))
                            ont.images[instance]->product_code = text_of_octets(*values);
                    });
        get_of_each(conversation, who, {omci::MeClass::software_image, instance, image_hash}, patience,
                    [instance](OntSeen& ont, const omci::GetResponse* response) {
                        if (response) ont.images[instance]->hash = olt::read_hash(*response);
                    });
    }
}

bool any_answers(std::span<const OntSeen> onts) {
    return std::any_of(onts.begin(), onts.end(), [](const OntSeen& ont) { return ont.trouble.empty(); });
}

std::string nobody_answers(std::span<const OntSeen> onts, const std::string& link) {
    const bool silent = std::none_of(onts.begin(), onts.end(), [](const OntSeen& ont) { return ont.serial; });
    std::vector<olt::Address> onus;
    for (const OntSeen& ont : onts) onus.push_back(ont.onu);
    if (!silent || onts.size() == 1)
        return fmt::format("{}: ONU-ID{} {}: {}", link, onts.size() == 1 ? "" : "s", text_of_ids(onus, false),
                           onts.front().trouble);
    return fmt::format("{}: none of the {} ONTs answers, ONU-IDs {}", link, onts.size(), text_of_ids(onus, false));
}

std::string text_of(omci::ResultCode result) {
    switch (result) {
    case omci::ResultCode::success: return "0 (success)";
    case omci::ResultCode::processing_error: return "1 (command processing error)";
    case omci::ResultCode::not_supported: return "2 (not supported)";
    case omci::ResultCode::parameter_error: return "3 (parameter error)";
    case omci::ResultCode::unknown_me: return "4 (unknown ME class)";
    case omci::ResultCode::unknown_instance: return "5 (unknown ME instance)";
    case omci::ResultCode::device_busy: return "6 (device busy)";
    case omci::ResultCode::instance_exists: return "7 (instance exists)";
    case omci::ResultCode::attributes_failed: return "9 (attributes failed or unknown)";
    }
    return fmt::format("{}", omci::value(result));
}

}  // namespace tools
