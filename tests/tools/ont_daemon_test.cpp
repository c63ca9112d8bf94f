// SPDX-License-Identifier: Apache-2.0
// ONTs as "omcast ont" plays them, without sockets: what their folders remember across restarts and power cuts.
#include "tools/ont/daemon.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/temporary_folder.h"
#include "tests/tools/ont_bench.h"
#include "tools/image_file.h"
#include "tools/md5.h"
#include "tools/ont/rack.h"

using namespace std::chrono_literals;
using omci::ResultCode;
using tests::Bytes;

namespace {

using Bench = tests::OntBench;
using tests::download;
using tests::small_ont;

std::string complaint(const std::string& slots, const tools::OntKind& kind) {
    try {
        const Bench bench{slots, kind};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("ont: MD5 in pieces is that of the whole") {
    const Bytes image = tests::image_of(100'000);
    tools::Md5 md5;
    md5.start();
    md5.update(omci::Octets{image}.first(1));
    md5.update(omci::Octets{image}.subspan(1, 65'536));
    md5.update(omci::Octets{image}.subspan(65'537));
    const auto digest = md5.finish();
    CHECK(Bytes(digest.begin(), digest.end()) == tools::digest("MD5", image));
}

TEST_CASE("ont: an empty folder becomes an ONT as a factory makes it, once") {
    const tests::TemporaryFolder folder;
    tools::OntKind kind = small_ont();
    kind.factory_image = 1;
    for (const char* version : {"FACTORY-1", "FACTORY-2"}) {
        kind.factory_version = omci::make_version(version);
        Bench bench{folder.file("slots"), kind};
        const auto running = bench.talk.image(1), other = bench.talk.image(0);
        REQUIRE(running);
        CHECK(omci::text(running->version) == "FACTORY-1");
        CHECK((running->active && running->committed && running->valid));
        CHECK_FALSE((other->active || other->committed || other->valid));
        CHECK(bench.said("runs image 1, version FACTORY-1, committed; image 0 is not valid"));
    }
    CHECK(std::filesystem::exists(folder.file("slots/onu3/slot0")));
}

TEST_CASE("ont: an upgrade step by step, and each step is there after a power cut") {
    const tests::TemporaryFolder folder;
    const Bytes image = tests::image_of(150'000);
    auto bench = std::make_unique<Bench>(folder.file("s"));
    download(*bench, image);
    CHECK(bench->said("download into image 1 begins, 150,000 octets"));
    CHECK(bench->said("image 1 is stored and good, version "));

    bench.reset();  // the plug is pulled
    bench = std::make_unique<Bench>(folder.file("s"));
    CHECK(bench->talk.image(1)->valid);
    CHECK_FALSE(bench->talk.image(1)->active);
    CHECK(bench->talk.activate(1) == ResultCode::success);
    CHECK(bench->said("activates image 1"));
    CHECK(bench->said("restarts; back in 5.000 s"));

    // Nobody is there until it is back; then the new image runs, and says so.
    bench->pass(4999ms);
    CHECK_FALSE(bench->talk.image(1));
    bench->sent.clear();
    bench->pass(1ms);
    CHECK(bench->sent.size() == 2);  // AVCs of both images
    CHECK(bench->talk.image(1)->active);
    CHECK_FALSE(bench->talk.image(1)->committed);

    SUBCASE("not committed: the old image is back") {
        bench.reset();
        bench = std::make_unique<Bench>(folder.file("s"));
        CHECK(bench->talk.image(0)->active);
        CHECK(bench->talk.image(1)->valid);
    }
    SUBCASE("committed: the new one stays") {
        CHECK(bench->talk.commit(1) == ResultCode::success);
        CHECK(bench->said("image 1 is committed"));
        bench.reset();
        bench = std::make_unique<Bench>(folder.file("s"));
        CHECK(bench->talk.image(1)->active);
        CHECK(bench->talk.image(1)->committed);
        CHECK_FALSE(bench->talk.image(0)->committed);
    }
}

TEST_CASE("ont: a power cut in mid-download loses the download and nothing else") {
    const tests::TemporaryFolder folder;
    const Bytes image = tests::image_of(200'000);
    for (const std::size_t sent : std::vector<std::size_t>{0, 992, 100'192, 199'392}) {
        CAPTURE(sent);
        Bench bench{folder.file("s")};
        CHECK(bench.talk.image(0)->active);
        CHECK_FALSE(bench.talk.image(1)->valid);
        REQUIRE(bench.talk.start(1, image.size(), 32) == ResultCode::success);
        bench.talk.send(1, image, 0, sent);
    }
    Bench bench{folder.file("s")};
    download(bench, tests::image_of(200'000, 5));
    CHECK(bench.talk.image(1)->valid);
}

TEST_CASE("ont: the log has ten lines for an image, however many windows; refused ones are counted") {
    const tests::TemporaryFolder folder;
    const Bytes image = tests::image_of(100'000);
    Bench bench{folder.file("s")};
    REQUIRE(bench.talk.start(1, image.size(), 16) == ResultCode::success);
    bench.talk.send(1, image, 0, 49'600);
    Bytes wrong = image;
    CHECK(bench.talk.window(1, wrong, 49'600, 49'600 + 17 * 31) == ResultCode::processing_error);  // too long
    bench.talk.send(1, image, 49'600, image.size());
    const auto lines = std::count_if(bench.log.begin(), bench.log.end(),
                                     [](const std::string& line) { return line.find(" %") != std::string::npos; });
    CHECK(lines == 10);
    CHECK(bench.said("image 1: 40 %"));
    CHECK(bench.said("image 1: 50 %, 1 window refused"));
    CHECK(bench.said("image 1: 100 %, 1 window refused, reading it back"));
    wrong[0] ^= 1;
    CHECK(bench.talk.end(1, wrong) == ResultCode::processing_error);
    CHECK(bench.said("download ended: refused"));
}

TEST_CASE("ont: as long as it is busy it is read, but changes nothing") {
    const tests::TemporaryFolder folder;
    tools::OntKind kind = small_ont();
    kind.busy_time = 20s;
    Bench bench{folder.file("s"), kind};
    CHECK(bench.talk.start(1, 1000, 8) == ResultCode::device_busy);
    CHECK(bench.talk.end(1, tests::image_of(10), 1) == ResultCode::device_busy);
    CHECK(bench.talk.activate(0) == ResultCode::device_busy);
    CHECK(bench.talk.commit(0) == ResultCode::device_busy);
    CHECK(bench.talk.window(1, tests::image_of(93), 0, 93) == ResultCode::device_busy);
    CHECK(bench.talk.image(0)->active);
    bench.pass(20s);
    CHECK(bench.talk.start(1, 1000, 8) == ResultCode::success);
}

TEST_CASE("ont: a rack of ONTs hears the shared port, and each answers for itself") {
    const tests::TemporaryFolder folder;
    const Bytes image = tests::image_of(70'000);
    constexpr std::uint16_t count = 5;
    Bench bench{folder.file("s"), small_ont(), count};
    olt::Address to{0, 3};
    std::size_t answers = 0;
    tests::OntTalk talk{[&](omci::Octets frame, bool wanted) {
        bench.sent.clear();
        bench.rack.deliver(to, frame, bench.now);
        bench.work();
        answers = bench.sent.size();
        return wanted && answers > 0 ? std::optional{bench.sent.back().octets} : std::nullopt;
    }};
    for (std::uint16_t onu = 3; onu < 3 + count; ++onu) {
        to.onu_id = onu;
        REQUIRE(talk.start(1, image.size(), 32) == ResultCode::success);
        CHECK(bench.sent.front().onu_id == onu);
    }
    to = olt::Address::shared(0);
    talk.send(1, image, 0, image.size());
    REQUIRE(answers == count);
    for (std::uint16_t i = 0; i < count; ++i) CHECK(bench.sent[i].onu_id == 3 + i);
    for (to = {0, 3}; to.onu_id < 3 + count; ++to.onu_id) CHECK(talk.end(1, image) == ResultCode::success);

    // In clear, and everybody hears it: no restart comes from there.
    to = olt::Address::shared(0);
    CHECK_FALSE(talk.ask<omci::ActivateResponse>(omci::Action::activate_software, 1, omci::ActivateRequest{}));
    for (std::size_t i = 0; i < count; ++i) CHECK(bench.rack.ont(i).runs());
    CHECK(bench.said("frame dropped: not for the shared port (1 so far)"));

    // One restarts; the others go on, and so does it when its time has come.
    to = {0, 4};
    CHECK(talk.activate(1) == ResultCode::success);
    CHECK_FALSE(bench.rack.ont(1).runs());
    CHECK(bench.rack.deadline() == bench.now + 5s);
    to = {0, 5};
    CHECK(talk.image(1)->valid);
    bench.pass(5s);
    CHECK(bench.rack.ont(1).image(1).active);
    CHECK(bench.rack.deadline() == olt::never);
}

TEST_CASE("ont: a folder in use, or with slots of another size, is refused by name") {
    const tests::TemporaryFolder folder;
    const std::string slots = folder.file("s");
    {
        const Bench bench{slots};
        CHECK(complaint(slots, small_ont()) == "slots in " + slots + "/onu3: in use by another process");
    }
    tools::OntKind larger = small_ont();
    larger.slot_octets *= 2;
    CHECK(complaint(slots, larger) == "slots in " + slots +
                                          "/onu3: they have 262,144 octets, and 524,288 are wanted; give --slot-size "
                                          "262144 or another --slots folder");
    CHECK(complaint(slots, small_ont()) == "");
    CHECK(complaint(folder.write("file", "x"), small_ont()).find("/file/onu3: ") != std::string::npos);
}
