// SPDX-License-Identifier: Apache-2.0
// What a shared section costs the engine: processor time, heap and allocations, with one PON of 128 ONTs and with 16.
// The ONTs are a script that answers as cheaply as can be, all closes of a PON with one frame, so that the engine is
// what is measured: encode, check, pace, account, and the host's loop around it as engine.h has it.
//
//     bench_engine [PONS [MIB [WINDOW]]]     without arguments: the table
#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <vector>

#include "olt/engine.h"
#include "omci/frame.h"
#include "omci/mib_messages.h"
#include "omci/software_download.h"
#include "omci/software_image.h"

namespace {

// --- the heap ---

struct Heap {
    std::size_t octets = 0;
    std::size_t most = 0;
    std::size_t allocations = 0;
} heap;

void* taken(std::size_t size) {
    void* memory = std::malloc(size);
    if (!memory) throw std::bad_alloc{};
    heap.octets += malloc_usable_size(memory);
    heap.most = std::max(heap.most, heap.octets);
    ++heap.allocations;
    return memory;
}

void given_back(void* memory) noexcept {
    heap.octets -= malloc_usable_size(memory);
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return taken(size); }
void* operator new[](std::size_t size) { return taken(size); }
void operator delete(void* memory) noexcept { given_back(memory); }
void operator delete[](void* memory) noexcept { given_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { given_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { given_back(memory); }

namespace {

using namespace olt;

constexpr std::uint16_t onts = 128;  ///< on each PON
constexpr std::size_t mib = 1 << 20;

// --- time ---

using Clock = std::chrono::steady_clock;

double nanoseconds(Clock::duration took) { return std::chrono::duration<double, std::nano>(took).count(); }

/// Of this process alone, whatever else the machine does.
double processor_nanoseconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double median(std::vector<double>& values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// --- the ONTs ---

/// All ONTs of all PONs: one image active, and what became of the other.
class Onts {
public:
    explicit Onts(std::size_t pons) : written_(pons * onts), runs_new_(pons * onts) {}

    /// The answer to a command, for all members where it went out on the shared port. Empty: it wants none.
    std::span<const std::uint8_t> answer(const Transmission& sent) {
        const auto frame = omci::read_frame(sent.octets);
        if (!frame || !frame->header.acknowledge_request) return {};
        const omci::Header& command = frame->header;
        const std::size_t ont = sent.to.pon * std::size_t{onts} + (sent.to.is_shared() ? 0 : sent.to.onu_id);
        switch (command.action) {
        case omci::Action::get: return get(*frame, ont);
        case omci::Action::start_software_download: {
            const auto start = omci::read_message<omci::StartRequest>(*frame);
            return write(command, omci::StartResponse{omci::ResultCode::success, start->last_section, {}});
        }
        case omci::Action::download_section:
            return write(command, omci::SectionResponse{omci::ResultCode::success, frame->contents[0]});
        case omci::Action::end_software_download:
            written_[ont] = true;
            return write(command, omci::EndResponse{omci::ResultCode::success, {}});
        case omci::Action::activate_software:
            runs_new_[ont] = true;
            return write(command, omci::ActivateResponse{omci::ResultCode::success});
        default: return write(command, omci::CommitResponse{omci::ResultCode::success});
        }
    }

private:
    std::span<const std::uint8_t> get(const omci::Frame& frame, std::size_t ont) {
        omci::GetResponse response;
        response.mask = omci::read_message<omci::GetRequest>(frame)->mask;
        std::array<std::uint8_t, omci::SoftwareImage::octets> values{0xA2};
        std::size_t size = 1;
        if (omci::value(response.mask) == omci::software_image::state) {
            const bool second = frame.header.me_instance == omci::image_instance(1);
            const auto version = omci::make_version(second && written_[ont] ? "new" : "old");
            std::copy(version.begin(), version.end(), values.begin());
            // Committed at once: this saves the bench a state, and the engine sees the same messages but one.
            values[14] = values[15] = second == runs_new_[ont];
            values[16] = !second || written_[ont];
            size = values.size();
        }
        response.values = std::span{values}.first(size);
        return write(frame.header, response);
    }

    template <typename Message>
    std::span<const std::uint8_t> write(const omci::Header& command, const Message& message) {
        return std::span{room_}.first(*omci::write_frame(omci::response_to(command), message, room_));
    }

    std::vector<bool> written_;
    std::vector<bool> runs_new_;
    std::array<std::uint8_t, omci::frame_max_octets> room_{};
};

// --- the host ---

struct Figures {
    double sections_ns = 0;       ///< a shared section: median over chunks of them, its answers left out
    double with_answers_ns = 0;   ///< and with them
    double answer_ns = 0;         ///< one of them
    double whole_ns = 0;          ///< processor time of the whole transfer, the script included, a section
    std::size_t allocations = 0;  ///< in the whole transfer
    std::uint64_t sections = 0;
    std::size_t heap_octets = 0;  ///< the engine's, in the middle of the transfer
    std::size_t heap_most = 0;    ///< the engine's, at any time
    double campaign_ns = 0;       ///< processor time from the first look to the last outcome
    bool good = false;
};

/// One campaign, and the host that runs it.
class Host {
public:
    Host(std::uint8_t pons, std::span<const std::uint8_t> image, std::uint16_t window)
        : pons_{pons},
          window_{window},
          image_{make_image(image, omci::make_version("new"), std::nullopt)},
          onts_{pons} {
        for (auto* samples : {&sections_ns_, &with_answers_ns_, &answer_ns_}) samples->reserve(image.size() / 31);
    }

    Figures run() {
        const std::size_t heap_before = heap.most = heap.octets;
        Engine engine{EngineOptions{}};
        engine_ = &engine;
        for (std::uint8_t pon = 0; pon < pons_; ++pon)
            for (std::uint16_t onu_id = 0; onu_id < onts; ++onu_id) up({pon, onu_id});
        Campaign campaign;
        campaign.image = image_;
        campaign.close = Close::shared;
        campaign.window_sections = window_;
        const double began = processor_nanoseconds();
        if (!engine.start(campaign, now_)) return figures_;
        const std::uint64_t middle = Sections{image_.octets, omci::MessageSet::baseline}.count() * pons_ / 2;
        while (!engine.idle()) {
            while (const auto frame = engine.transmit(now_)) sent(*frame);
            while (const auto event = engine.poll_event()) act_on(*event);
            const Instant next = std::min(engine.deadline(), answers_at_);
            if (next == never) break;
            now_ = std::max(now_, next);
            if (answers_at_ <= now_) hand_in_answers();
            engine.advance(now_);
            if (figures_.heap_octets == 0 && figures_.sections >= middle)
                figures_.heap_octets = heap.octets - heap_before;
        }
        figures_.campaign_ns = processor_nanoseconds() - began;
        figures_.heap_most = heap.most - heap_before;
        figures_.sections_ns = median(sections_ns_);
        figures_.with_answers_ns = median(with_answers_ns_);
        figures_.answer_ns = median(answer_ns_);
        figures_.good = upgraded_ == pons_ * std::size_t{onts};
        return figures_;
    }

private:
    /// Answers of the members of one PON to its last frame on the shared port, on their way.
    struct Answers {
        Instant at = never;
        std::array<std::uint8_t, omci::baseline_frame_octets> frame{};
    };

    static constexpr Duration answers_take = std::chrono::microseconds{400};
    static constexpr Duration pons_apart = std::chrono::nanoseconds{2'650};  ///< no two PONs send at one instant
    static constexpr std::uint64_t chunk_sections = 4'096;

    static SerialNumber serial(Address onu) {
        return {{'B', 'N', 'C', 'H', 0, onu.pon, 0, static_cast<std::uint8_t>(onu.onu_id)}};
    }

    void up(Address onu) { engine_->onu_up(onu, serial(onu), LinkKind::gpon, now_); }

    void sent(const Transmission& frame) {
        if (frame.purpose == Purpose::shared_section && figures_.sections++ == 0) begin_transfer();
        const bool wants_answer = (frame.octets[2] & 0x40) != 0;
        if (!wants_answer) return;
        const auto action = static_cast<omci::Action>(frame.octets[2] & 0x1F);
        if (action == omci::Action::end_software_download && !ended_) end_transfer();
        const Address to = frame.to;
        const auto answer = onts_.answer(frame);
        if (to.is_shared()) {
            Answers& owed = owed_[to.pon];
            owed.at = now_ + answers_take + to.pon * pons_apart;
            std::copy(answer.begin(), answer.end(), owed.frame.begin());
            answers_at_ = std::min(answers_at_, owed.at);
            return;
        }
        engine_->receive(to, answer, now_);
        if (action != omci::Action::activate_software) return;
        engine_->onu_down(to, now_);
        up(to);
    }

    void hand_in_answers() {
        const auto begin = Clock::now();
        for (std::uint8_t pon = 0; pon < pons_; ++pon) {
            if (owed_[pon].at > now_) continue;
            owed_[pon].at = never;
            for (std::uint16_t onu_id = 0; onu_id < onts; ++onu_id)
                engine_->receive({pon, onu_id}, owed_[pon].frame, now_);
            answers_ += onts;
        }
        answers_at_ = never;
        for (std::uint8_t pon = 0; pon < pons_; ++pon) answers_at_ = std::min(answers_at_, owed_[pon].at);
        const auto end = Clock::now();
        answering_ += end - begin;
        if (figures_.sections - chunk_from_ < chunk_sections || ended_) return;
        const auto sections = static_cast<double>(figures_.sections - chunk_from_);
        const double all_ns = nanoseconds(end - chunk_began_);
        const double answers_ns = nanoseconds(answering_);
        sections_ns_.push_back((all_ns - answers_ns) / sections);
        with_answers_ns_.push_back(all_ns / sections);
        answer_ns_.push_back(answers_ns / static_cast<double>(answers_));
        begin_chunk(end);
    }

    void begin_chunk(Clock::time_point now) {
        chunk_began_ = now;
        chunk_from_ = figures_.sections;
        answering_ = {};
        answers_ = 0;
    }

    void begin_transfer() {
        transfer_began_ns_ = processor_nanoseconds();
        allocations_before_ = heap.allocations;
        begin_chunk(Clock::now());
    }

    void end_transfer() {
        ended_ = true;
        const auto sections = static_cast<double>(figures_.sections);
        figures_.whole_ns = (processor_nanoseconds() - transfer_began_ns_) / sections;
        figures_.allocations = heap.allocations - allocations_before_;
    }

    void act_on(const Event& event) {
        if (const auto* want = std::get_if<WantShared>(&event)) engine_->shared_ready(want->onu, now_);
        if (const auto* record = std::get_if<Record>(&event)) engine_->stored(record->number, now_);
        if (const auto* done = std::get_if<OntDone>(&event)) upgraded_ += done->result == Result::upgraded;
    }

    std::uint8_t pons_;
    std::uint16_t window_;
    Image image_;
    Onts onts_;
    Engine* engine_ = nullptr;
    Instant now_{};
    std::array<Answers, pons_max> owed_{};
    Instant answers_at_ = never;  ///< the first of them
    std::size_t upgraded_ = 0;

    Figures figures_;
    bool ended_ = false;
    double transfer_began_ns_ = 0;
    std::size_t allocations_before_ = 0;
    Clock::time_point chunk_began_{};
    std::uint64_t chunk_from_ = 0;
    Clock::duration answering_{};
    std::uint64_t answers_ = 0;
    std::vector<double> sections_ns_, with_answers_ns_, answer_ns_;
};

std::vector<std::uint8_t> some_image(std::size_t octets) {
    std::vector<std::uint8_t> image(octets);
    std::uint32_t state = 1;
    for (auto& octet : image) octet = static_cast<std::uint8_t>((state = state * 1'664'525u + 1'013'904'223u) >> 24);
    return image;
}

bool row(std::uint8_t pons, std::span<const std::uint8_t> image, std::uint16_t window) {
    const Figures transfer = Host{pons, image, window}.run();
    const Figures control = Host{pons, image.first(1), window}.run();  // no transfer to speak of: all else
    const bool good = transfer.good && control.good;
    const std::size_t count = pons * std::size_t{onts};
    std::printf("%4d %6u %8zu %9.1f %9.1f %9.1f %9.1f %11zu %11zu %11zu %11.1f%s\n", pons, window, image.size() / mib,
                transfer.sections_ns, transfer.with_answers_ns, transfer.answer_ns, transfer.whole_ns,
                transfer.allocations, transfer.heap_octets / count, transfer.heap_most / count,
                control.campaign_ns / static_cast<double>(count) / 1000, good ? "" : "  not all were upgraded");
    return good;
}

constexpr char legend[] =
    "section   ns of a shared section: encoded, checked, paced, accounted, with the host's loop; its answers left out\n"
    "answered  the same with the answers of all members to the closes; answer: ns of one of these\n"
    "total     ns of processor time of the whole transfer, the script included, by section\n"
    "allocs    allocations in the whole transfer\n"
    "heap      octets that the engine has on the heap, an ONT: in the transfer, and at most. The image is not among\n"
    "          them: there is one copy, the host's\n"
    "control   us of processor time, an ONT, for all but the transfer: from the first look to commit, script "
    "included\n";

}  // namespace

int main(int count, char** arguments) {
    const auto argument = [&](int index, int otherwise) {
        return count > index ? std::atoi(arguments[index]) : otherwise;
    };
    const auto pons = static_cast<std::uint8_t>(std::clamp(argument(1, 1), 1, int{pons_max}));
    const auto image = some_image(static_cast<std::size_t>(std::max(argument(2, 8), 1)) * mib);
    const auto window = static_cast<std::uint16_t>(std::clamp(argument(3, 32), 2, 256));
    std::printf("lockstep, %u ONTs on each PON, baseline sections, shared close\n\n%s\n", unsigned{onts}, legend);
    std::puts(
        "PONs window      MiB   section  answered    answer     total      allocs        heap     at most     control");
    if (count > 1) return row(pons, image, window) ? 0 : 1;
    bool good = true;
    for (const std::uint16_t sections : {std::uint16_t{32}, std::uint16_t{256}})
        for (const int all : {1, 16}) good = row(static_cast<std::uint8_t>(all), image, sections) && good;
    return good ? 0 : 1;
}
