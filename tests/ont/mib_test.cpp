// SPDX-License-Identifier: Apache-2.0
// What an OLT may ask of the rest of the ONT: get, set, create and delete, MIB upload, MIB data sync.
#include <doctest/doctest.h>

#include <map>

#include "omci/image_version.h"
#include "omci/me_table.h"
#include "tests/octets.h"
#include "tests/ont/lab.h"

using namespace tests;

namespace {

using Key = std::pair<unsigned, unsigned>;  // class and instance

omci::GetResponse get(Lab& lab, Reply& keep, MeClass me_class, std::uint16_t instance, std::uint16_t mask) {
    const auto reply = lab.ask(me_class, instance, omci::GetRequest{omci::AttributeMask{mask}});
    REQUIRE(reply);
    keep = *reply;
    return *omci::read_message<omci::GetResponse>(*omci::read_frame(keep.octets));
}

int set(Lab& lab, MeClass me_class, std::uint16_t instance, std::uint16_t mask, const Bytes& values) {
    return lab.result(me_class, instance, omci::SetRequest{omci::AttributeMask{mask}, values});
}

/// Uploads the whole MIB: what each entity's attributes hold, by class and instance.
std::map<Key, std::map<unsigned, Bytes>> upload(Lab& lab) {
    std::map<Key, std::map<unsigned, Bytes>> mib;
    const auto counted = lab.ask(MeClass::onu_data, 0, omci::MibUploadRequest{});
    REQUIRE(counted);
    const unsigned count = counted->at(0) * 256u + counted->at(1);
    const bool extended = lab.set == MessageSet::extended;
    for (unsigned sequence = 0; sequence < count; ++sequence) {
        const auto reply =
            lab.ask(MeClass::onu_data, 0, omci::MibUploadNextRequest{static_cast<std::uint16_t>(sequence)});
        REQUIRE(reply);
        omci::Octets at = omci::read_frame(reply->octets)->contents;
        REQUIRE(at.size() >= 8);
        while (at.size() >= 6) {
            const std::size_t size = extended ? omci::load_be<std::uint16_t>(at.data()) : 26;
            if (extended) at = at.subspan(2);
            const auto me_class = omci::load_be<std::uint16_t>(at.data());
            const auto instance = omci::load_be<std::uint16_t>(at.data() + 2);
            const auto mask = omci::load_be<std::uint16_t>(at.data() + 4);
            at = at.subspan(6);
            REQUIRE(at.size() >= size);
            const omci::MeRow* row = omci::find_me(MeClass{me_class});
            REQUIRE(row != nullptr);
            const std::size_t used = omci::values_octets(*row, omci::AttributeMask{mask});
            CHECK((extended ? used == size : used <= size));
            std::size_t from = 0;
            for (unsigned number = 1; number <= row->attributes.size(); ++number) {
                if ((mask & omci::attribute_bit(number)) == 0) continue;
                const auto value = at.subspan(from, row->attributes[number - 1].octets);
                auto& attributes = mib[{me_class, instance}];
                CHECK(attributes.count(number) == 0);  // nothing twice
                attributes[number] = Bytes(value.begin(), value.end());
                from += value.size();
            }
            at = at.subspan(size);
            if (!extended) break;
        }
    }
    const auto beyond = lab.ask(MeClass::onu_data, 0, omci::MibUploadNextRequest{static_cast<std::uint16_t>(count)});
    REQUIRE(beyond);
    const omci::Octets nothing = omci::read_frame(beyond->octets)->contents;
    CHECK(nothing.size() == (extended ? 0 : 32));
    CHECK(std::all_of(nothing.begin(), nothing.end(), [](auto octet) { return octet == 0; }));
    return mib;
}

const Bytes gem_port{0x01, 0x23, 0x80, 0x01, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0};

}  // namespace

TEST_CASE("MIB upload: the whole MIB, the same in both message sets, and as Get tells it") {
    Lab lab;
    std::memcpy(lab.identity.product_code, "BOX-1", 5);
    REQUIRE(lab.power_on() == 0);
    for (std::uint16_t i = 1; i <= 8; ++i)  // enough for a second reply in an extended upload
        REQUIRE(lab.result(MeClass::gem_port_network_ctp, static_cast<std::uint16_t>(0x0400 + i),
                           omci::CreateRequest{gem_port}) == 0);
    const auto baseline = upload(lab);
    lab.set = MessageSet::extended;
    CHECK(upload(lab) == baseline);
    lab.set = MessageSet::baseline;

    const Key keys[] = {{2, 0},        {5, 0x0101},   {5, 0x0180},   {6, 0x0101},   {6, 0x0180},   {7, 0},
                        {7, 1},        {256, 0},      {257, 0},      {268, 0x0401}, {268, 0x0402}, {268, 0x0403},
                        {268, 0x0404}, {268, 0x0405}, {268, 0x0406}, {268, 0x0407}, {268, 0x0408}, {0xFF40, 0}};
    CHECK(baseline.size() == std::size(keys));
    for (const Key& key : keys) {
        CAPTURE(key.first);
        REQUIRE(baseline.count(key) == 1);
        for (const auto& [number, value] : baseline.at(key)) {
            CAPTURE(number);
            Reply keep;
            const auto response = get(lab, keep, MeClass{static_cast<std::uint16_t>(key.first)},
                                      static_cast<std::uint16_t>(key.second), omci::attribute_bit(number));
            CHECK(response.result == ResultCode::success);
            CHECK(std::equal(value.begin(), value.end(), response.values.begin()));
        }
    }
    // Every mandatory attribute of every entity is there.
    for (const auto& [key, attributes] : baseline) {
        const auto* row = omci::find_me(MeClass{static_cast<std::uint16_t>(key.first)});
        for (unsigned number = 1; number <= row->attributes.size(); ++number)
            if (!row->attributes[number - 1].optional) CHECK(attributes.count(number) == 1);
    }
    CHECK(baseline.at({257, 0}).at(2) == Bytes{0xB4});
    CHECK(baseline.at({256, 0}).at(1) == Bytes{'O', 'M', 'C', 'A'});
    CHECK(baseline.at({7, 0}).at(5).size() == 25);
}

TEST_CASE("MIB upload: is a snapshot that lives for one minute after its last use") {
    Lab lab;
    const auto next = [&](std::uint16_t sequence) {
        return lab.ask(MeClass::onu_data, 0, omci::MibUploadNextRequest{sequence})->at(1);  // low octet of the class
    };
    CHECK(next(0) == 0);  // no upload yet
    REQUIRE(lab.ask(MeClass::onu_data, 0, omci::MibUploadRequest{}));
    CHECK(next(0) == 2);
    CHECK(set(lab, MeClass::onu_g, 0, 0x0200, {1}) == 0);
    Reply keep;
    CHECK(get(lab, keep, MeClass::onu_data, 0, 0x8000).values[0] == 1);
    CHECK(lab.ask(MeClass::onu_data, 0, omci::MibUploadNextRequest{0})->at(6) == 0);  // as it was
    lab.now += 59'999;
    CHECK(next(1) == 5);
    lab.now += 60'000;
    CHECK(next(1) == 5);
    lab.now += 60'001;
    CHECK(next(1) == 0);
    REQUIRE(lab.ask(MeClass::onu_data, 0, omci::MibUploadRequest{}));
    CHECK(lab.ask(MeClass::onu_data, 0, omci::MibUploadNextRequest{0})->at(6) == 1);
}

TEST_CASE("get: what is asked for and there, and a 9 that says what is not") {
    Lab lab;
    Reply keep;
    for (const MessageSet message_set : {MessageSet::baseline, MessageSet::extended}) {
        lab.set = message_set;
        auto response = get(lab, keep, MeClass::software_image, 0, 0xF000);
        CHECK(response.result == ResultCode::success);
        const auto image = omci::SoftwareImage::from_values(response.values);
        CHECK(image == omci::SoftwareImage{omci::make_version("FACTORY"), true, true, true});
        response = get(lab, keep, MeClass::software_image, 0, 0xFC03);
        CHECK(response.result == ResultCode::attributes_failed);
        CHECK(response.mask == omci::AttributeMask{0xF000});
        CHECK(response.optional_mask == omci::AttributeMask{0x0C03});
    }
    lab.set = MessageSet::baseline;
    auto response = get(lab, keep, MeClass::onu_g, 0, 0xE000);  // 26 octets do not fit into 25
    CHECK(response.result == ResultCode::attributes_failed);
    CHECK(response.mask == omci::AttributeMask{0xC000});
    CHECK(response.execution_mask == omci::AttributeMask{0x2000});
    lab.set = MessageSet::extended;
    CHECK(get(lab, keep, MeClass::onu_g, 0, 0xE000).result == ResultCode::success);
    response = get(lab, keep, MeClass::onu_g, 0, 0xF7F8);
    CHECK(response.result == ResultCode::success);
    CHECK(response.values.size() == 70);
}

TEST_CASE("get: uptime counts tens of milliseconds since the first frame that asked") {
    Lab lab;
    Reply keep;
    get(lab, keep, MeClass::onu2_g, 0, 0x0040);
    lab.now += 12'345;
    const auto response = get(lab, keep, MeClass::onu2_g, 0, 0x0040);
    CHECK(omci::load_be<std::uint32_t>(response.values.data()) == 1234);
}

TEST_CASE("set: changes what may be changed, and a 9 names the rest") {
    Lab lab;
    Reply keep;
    CHECK(set(lab, MeClass::onu_g, 0, 0x0200, {1}) == 0);
    CHECK(get(lab, keep, MeClass::onu_g, 0, 0x0200).values[0] == 1);
    CHECK(lab.sync() == 1);
    // vendor id cannot be set, the administrative state behind it can
    const auto reply = lab.ask(MeClass::onu_g, 0, omci::SetRequest{omci::AttributeMask{0x8201}, Bytes{1, 2, 3, 4, 0}});
    REQUIRE(reply);
    const auto response = omci::read_message<omci::SetResponse>(*omci::read_frame(reply->octets));
    CHECK(response->result == ResultCode::attributes_failed);
    CHECK(response->execution_mask == omci::AttributeMask{0x8000});
    CHECK(response->optional_mask == omci::AttributeMask{0x0001});
    CHECK(get(lab, keep, MeClass::onu_g, 0, 0x0200).values[0] == 0);
    CHECK(lab.sync() == 2);
    CHECK(set(lab, MeClass::onu_g, 0, 0x8000, {1, 2, 3, 4}) == 9);
    CHECK(lab.sync() == 2);  // nothing changed
}

TEST_CASE("MIB data sync: 1 to 255 and round to 1; a Set to N leaves N+1; a reset leaves 0") {
    Lab lab;
    CHECK(lab.sync() == 0);
    CHECK(set(lab, MeClass::onu_data, 0, 0x8000, {41}) == 0);
    CHECK(lab.sync() == 42);
    CHECK(set(lab, MeClass::onu_data, 0, 0x8000, {254}) == 0);
    CHECK(lab.sync() == 255);
    CHECK(lab.commit(0) == 0);
    CHECK(lab.sync() == 1);
    CHECK(set(lab, MeClass::onu_data, 0, 0x8000, {255}) == 0);
    CHECK(lab.sync() == 1);
    CHECK(lab.result(MeClass::onu_data, 0, omci::MibResetRequest{}) == 0);
    CHECK(lab.sync() == 0);
}

TEST_CASE("MIB data sync: a download moves it by one at Start and by one at the good End") {
    Lab lab;
    const Bytes image = make_image(5000);
    REQUIRE(lab.start(image.size()) == 0);
    CHECK(lab.sync() == 1);
    CHECK(lab.send_window(image, 0, 32) == 6);
    lab.work();
    lab.send_image(image);
    CHECK(lab.end(image) == 6);
    CHECK(lab.sync() == 1);
    lab.work();
    CHECK(lab.sync() == 1);
    CHECK(lab.end(image) == 0);
    CHECK(lab.sync() == 2);
}

TEST_CASE("MIB reset: software images stay, what the OLT made goes") {
    Lab lab{true};
    CHECK(set(lab, MeClass::onu_g, 0, 0x0200, {1}) == 0);
    CHECK(lab.result(MeClass::gem_port_network_ctp, 5, omci::CreateRequest{gem_port}) == 0);
    CHECK(lab.result(MeClass::onu_data, 0, omci::MibResetRequest{}) == 0);
    Reply keep;
    CHECK(get(lab, keep, MeClass::onu_g, 0, 0x0200).values[0] == 0);
    CHECK(get(lab, keep, MeClass::gem_port_network_ctp, 5, 0x8000).result == ResultCode::unknown_instance);
    CHECK(lab.states() == "ACV --V");
}

TEST_CASE("create and delete: a GEM port lives from one to the other") {
    Lab lab;
    const auto create = [&](std::uint16_t instance, const Bytes& values) {
        return lab.result(MeClass::gem_port_network_ctp, instance, omci::CreateRequest{values});
    };
    CHECK(create(1, gem_port) == 0);
    CHECK(create(1, gem_port) == 7);
    Bytes nowhere = gem_port;
    nowhere[4] = 0;
    CHECK(create(2, nowhere) == 3);
    for (std::uint16_t i = 2; i <= 8; ++i) CHECK(create(i, gem_port) == 0);
    CHECK(create(9, gem_port) == 1);  // no room
    CHECK(lab.sync() == 8);
    Reply keep;
    CHECK(get(lab, keep, MeClass::gem_port_network_ctp, 8, 0xE000).values[1] == 0x23);
    CHECK(set(lab, MeClass::gem_port_network_ctp, 8, 0x2000, {2}) == 0);
    CHECK(get(lab, keep, MeClass::gem_port_network_ctp, 8, 0x2000).values[0] == 2);
    CHECK(lab.result(MeClass::gem_port_network_ctp, 1, omci::DeleteRequest{}) == 0);
    CHECK(lab.result(MeClass::gem_port_network_ctp, 1, omci::DeleteRequest{}) == 5);
    CHECK(lab.sync() == 10);
    CHECK(create(9, gem_port) == 0);
}

TEST_CASE("alarms and time: none, and accepted") {
    Lab lab;
    for (const MessageSet message_set : {MessageSet::baseline, MessageSet::extended}) {
        lab.set = message_set;
        const auto count = lab.ask(MeClass::onu_data, 0, omci::GetAllAlarmsRequest{});
        REQUIRE(count);
        CHECK(count->at(0) == 0);
        CHECK(count->at(1) == 0);
        CHECK(lab.ask(MeClass::onu_data, 0, omci::GetAllAlarmsNextRequest{0}));
        CHECK(lab.result(MeClass::onu_g, 0, omci::SynchronizeTimeRequest{2024, 2, 29, 12, 0, 0}) == 0);
    }
    CHECK(lab.sync() == 0);
}

TEST_CASE("version and hash: what the image says of itself, and the platform before it") {
    Lab lab;
    Bytes image = make_image(4000);
    const Bytes magic = octets("27051956");
    std::copy(magic.begin(), magic.end(), image.begin());
    const std::string name = "uboot-2.7";
    std::fill_n(image.begin() + 32, 32, std::uint8_t{0});
    std::copy(name.begin(), name.end(), image.begin() + 32);
    SUBCASE("the name in its header") {
        REQUIRE(lab.download(image) == 0);
        CHECK(lab.version(1) == "uboot-2.7");
        REQUIRE(lab.start(100) == 0);
        CHECK(lab.version(1).empty());
    }
    SUBCASE("the platform's word") {
        lab.platform.image_version = [](void*, std::uint8_t, std::uint32_t octets_, std::uint8_t version[14]) {
            std::memcpy(version, octets_ == 4000 ? "PLATFORM" : "WRONG", 6);
            return 0;
        };
        REQUIRE(lab.power_on() == 0);
        REQUIRE(lab.download(image) == 0);
        CHECK(lab.version(1) == "PLATFO");
    }
    SUBCASE("neither: the MD5, or nothing where there is none") {
        image[0] = 0;
        REQUIRE(lab.download(image) == 0);
        CHECK(lab.version(1).empty());
        // A stand-in for MD5: the sum of what it was fed, so that a missing octet shows.
        static unsigned sum = 0;
        lab.platform.md5_start = [](void*) { sum = 0; };
        lab.platform.md5_update = [](void*, const std::uint8_t* from, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) sum += from[i];
        };
        lab.platform.md5_finish = [](void*, std::uint8_t hash[16]) {
            for (int i = 0; i < 16; ++i) hash[i] = static_cast<std::uint8_t>(sum >> (i % 4 * 8));
        };
        REQUIRE(lab.power_on() == 0);
        REQUIRE(lab.download(image) == 0);
        unsigned expected = 0;
        for (const auto octet : image) expected += octet;
        Reply keep;
        const auto response = get(lab, keep, MeClass::software_image, 1, 0x0400);
        REQUIRE(response.result == ResultCode::success);
        CHECK(response.values[1] == (expected >> 8 & 0xFF));
        omci::ImageHash hash;
        std::copy_n(response.values.begin(), 16, hash.begin());
        CHECK(lab.version(1) == std::string{omci::text(omci::image_version(image, hash))});
        CHECK(lab.version(1).size() == 14);
        // It is still there after a restart.
        REQUIRE(lab.power_on() == 0);
        CHECK(get(lab, keep, MeClass::software_image, 1, 0x0400).values[1] == (expected >> 8 & 0xFF));
    }
}
