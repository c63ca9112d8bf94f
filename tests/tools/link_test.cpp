// SPDX-License-Identifier: Apache-2.0
// Links: what --link may say, how frames end on them, and UDP with both ends in this process.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "omci/mib_messages.h"
#include "omci/software_image.h"
#include "tests/octets.h"
#include "tests/temporary_folder.h"
#include "tests/tools/free_ports.h"
#include "tools/link/check.h"
#include "tools/link/link.h"
#include "tools/usage.h"

using namespace std::chrono_literals;
using tools::CheckKind;
using tools::LinkEnd;

namespace {

std::string complaint(const std::string& link, const std::string& check = "") {
    try {
        tools::parse_link(link, check, "");
    } catch (const tools::UsageError& error) {
        return error.what();
    }
    return "";
}

std::vector<std::uint8_t> a_get(std::uint16_t id) {
    std::vector<std::uint8_t> frame(48);
    const auto header = omci::request(omci::Action::get, omci::TransactionId{id}, omci::MessageSet::baseline,
                                      omci::MeClass::software_image, omci::image_instance(0));
    REQUIRE(omci::write_frame(header, omci::GetRequest{omci::AttributeMask{0xF000}}, frame));
    return frame;
}

std::vector<std::uint8_t> kept(const tools::Arrival& arrival) { return {arrival.octets.begin(), arrival.octets.end()}; }

/// Both ends of a UDP link, ONU-IDs 0 to 2, with a shared port.
struct Pair {
    std::uint16_t port = tests::free_ports(3);
    std::string text = "udp:127.0.0.1:" + std::to_string(port) +
                       ",shared=239.255.77.7:" + std::to_string(port == 65'535 ? 1024 : port + 3);
    tools::Loop olt_loop, ont_loop;
    tools::Link onts, olt;

    explicit Pair(const std::string& check = "", const std::string& ont_check = "")
        : onts{ont_loop, tools::parse_link(text, ont_check, ""), LinkEnd::ont, 0, 3},
          olt{olt_loop, tools::parse_link(text, check, ""), LinkEnd::olt, 0, 3} {}

    /// What the ONTs hear within a second.
    std::optional<tools::Arrival> at_onts() {
        while (olt.wait_until(olt.now())) {}
        return onts.wait_until(onts.now() + 1s);
    }
    std::optional<tools::Arrival> at_olt() { return olt.wait_until(olt.now() + 1s); }
};

}  // namespace

TEST_CASE("link: both kinds of text are read into where they lead") {
    const auto udp = tools::parse_link("udp:10.0.0.1:5000,shared=239.1.2.3:6000,pon=3", "", "");
    const auto& place = std::get<tools::UdpPlace>(udp.place);
    CHECK(place.base == tools::HostPort{"10.0.0.1", 5000});
    CHECK(place.shared == tools::HostPort{"239.1.2.3", 6000});
    CHECK(udp.pon == 3);
    CHECK(udp.check == CheckKind::automatic);
    CHECK(std::get<tools::UdpPlace>(tools::parse_link("udp:[::1]:5000", "", "").place).base.host == "::1");

    const auto ethernet = tools::parse_link("eth:eth0,shared=17", "cmac:keys", "");
    CHECK(std::get<tools::EthernetPlace>(ethernet.place).interface == "eth0");
    CHECK(std::get<tools::EthernetPlace>(ethernet.place).shared_gem_port == 17);
    CHECK(ethernet.check == CheckKind::cmac);
    CHECK(ethernet.key_file == "keys");
}

TEST_CASE("link: a text that cannot be read is quoted, with what is wrong with it") {
    const std::pair<const char*, const char*> table[] = {
        {"", "a link is udp:HOST:PORT or eth:INTERFACE"},
        {"udp", "a link is udp:HOST:PORT or eth:INTERFACE"},
        {"tcp:host:1", "\"tcp\" is no kind of link"},
        {"udp:host", "\"host\" has no port"},
        {"udp::5000", "has no host"},
        {"udp:host:0", "0"},
        {"udp:host:65536", "65536"},
        {"udp:::1:5000", "stands in brackets"},
        {"udp:host:5000,shared", "not of the form NAME=VALUE"},
        {"udp:host:5000,shared=", "not of the form NAME=VALUE"},
        {"udp:host:5000,pon=1,pon=2", "given twice"},
        {"udp:host:5000,speed=9", "\"speed\" is not one of"},
        {"udp:host:5000,pon=16", "16"},
        {"eth:", "the interface has no name"},
        {"eth:eth0,shared=70000", "70000"},
    };
    for (const auto& [text, why] : table) {
        const std::string said = complaint(text);
        CAPTURE(said);
        CHECK(said.find("--link: \"" + std::string{text} + "\"") == 0);
        CHECK(said.find(why) != std::string::npos);
    }
    CHECK(complaint("eth:x", "md5").find("--check: \"md5\" is not one of") == 0);
    CHECK(complaint("eth:x", "cmac:").find("--check") == 0);
}

TEST_CASE("link: a list of ONTs is in order and without doubles, and bounded") {
    CHECK(tools::parse_onts("3,0-2,2") == std::vector<std::uint16_t>{0, 1, 2, 3});
    CHECK(tools::parse_onts("0-127").size() == 128);
    for (const char* wrong : {"", "a", "1-", "-1", "5-3", "0-128", "255", "1,,2", "1;2"})
        CHECK_THROWS_AS(tools::parse_onts(wrong), tools::UsageError);
}

TEST_CASE("check: 40, 44 and 48 octets are read, and a wrong check is known") {
    tools::Check check{tools::parse_link("eth:x", "", ""), LinkEnd::ont};
    const auto frame = a_get(7);
    for (const std::size_t size : {40u, 44u, 48u}) {
        omci::Octets message{frame.data(), size};
        CHECK(check.open({0, 1}, message) == tools::Check::Verdict::good);
        CHECK(message.size() == std::min<std::size_t>(size, 44));
    }
    auto bad = frame;
    bad[20] ^= 1;
    omci::Octets message{bad};
    CHECK(check.open({0, 1}, message) == tools::Check::Verdict::bad);
    message = omci::Octets{bad}.first(39);
    CHECK(check.open({0, 1}, message) == tools::Check::Verdict::unreadable);
    tools::Check careless{tools::parse_link("eth:x", "none", ""), LinkEnd::ont};
    message = bad;
    CHECK(careless.open({0, 1}, message) == tools::Check::Verdict::good);
    auto zero = frame;
    std::fill(zero.begin() + 44, zero.end(), std::uint8_t{0});
    message = zero;
    CHECK(check.open({0, 1}, message) == tools::Check::Verdict::good);
}

TEST_CASE("check: an ONT answers an OLT that sends no check without one, and the next one with") {
    tools::Check check{tools::parse_link("eth:x", "auto", ""), LinkEnd::ont};
    std::array<std::uint8_t, omci::frame_max_octets> room;
    const auto frame = a_get(7);
    CHECK(check.seal({0, 1}, frame, room).size() == 48);
    omci::Octets message{frame.data(), 44};
    REQUIRE(check.open({0, 1}, message) == tools::Check::Verdict::good);
    CHECK(check.seal({0, 1}, frame, room).size() == 44);
    message = frame;
    REQUIRE(check.open({0, 1}, message) == tools::Check::Verdict::good);
    CHECK(check.seal({0, 1}, frame, room).size() == 48);
}

TEST_CASE("check: keyed per ONU, the published example comes out, and no frame can be shared") {
    const tests::TemporaryFolder folder;
    const std::string keys = folder.file("keys");
    std::ofstream{keys} << "# the published example\n7 184b8ad4d1ac4af4dd4b339ecc0d3370\n"
                           "ffffffffffffffffffffffffffffffff  # all others\n";
    const auto options = tools::parse_link("eth:x", "cmac:" + keys, "");
    tools::Check olt{options, LinkEnd::olt};
    tools::Check ont{options, LinkEnd::ont};
    std::array<std::uint8_t, omci::frame_max_octets> room;
    const auto get =
        tests::octets("8000490a01000000 0080 000000000000000000000000000000000000000000000000000000000000 00000028");
    const omci::Octets sealed = olt.seal({0, 7}, get, room);
    REQUIRE(sealed.size() == 48);
    CHECK(std::vector<std::uint8_t>(sealed.begin() + 44, sealed.end()) == tests::octets("78dca53d"));
    omci::Octets message = sealed;
    CHECK(ont.open({0, 7}, message) == tools::Check::Verdict::good);
    message = sealed;
    CHECK(ont.open({0, 8}, message) == tools::Check::Verdict::bad);  // under another key
    message = sealed;
    CHECK(olt.open({0, 7}, message) == tools::Check::Verdict::bad);  // the other way round
    message = get;
    CHECK(ont.open({0, 7}, message) == tools::Check::Verdict::bad);  // without a check
    CHECK(olt.seal(olt::Address::shared(0), get, room).empty());
}

TEST_CASE("check: a key file that cannot be read is an error with its line") {
    const tests::TemporaryFolder folder;
    const std::string keys = folder.file("keys");
    const auto complain = [&](const std::string& text) -> std::string {
        std::ofstream{keys} << text;
        try {
            tools::Check{tools::parse_link("eth:x", "cmac:" + keys, ""), LinkEnd::olt};
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    };
    CHECK(complain("\n7 1234\n").find(keys + ":2: ") == 0);
    CHECK(complain("99999 184b8ad4d1ac4af4dd4b339ecc0d3370\n").find(keys + ":1: ") == 0);
    CHECK(complain("7 184b8ad4d1ac4af4dd4b339ecc0d3370 x\n").find(keys + ":1: ") == 0);
    CHECK(complain("# none\n").find("holds no key") != std::string::npos);
    const auto refuse = [](const std::string& path, const std::string& sentence) {
        CHECK_THROWS_WITH_AS((tools::Check{tools::parse_link("eth:x", "cmac:" + path, ""), LinkEnd::olt}),
                             sentence.c_str(), std::runtime_error);
    };
    const std::string none = folder.file("none");
    refuse(none, "--check: cannot open the key file " + none + ": No such file or directory");
    refuse("/", "--check: cannot read the key file /: Is a directory");
}

TEST_CASE("udp: each ONT is reached at its own port, and its answer comes from there") {
    Pair pair;
    for (const std::uint16_t onu : {std::uint16_t{0}, std::uint16_t{2}}) {
        pair.olt.send({0, onu}, a_get(onu + 1u));
        const auto heard = pair.at_onts();
        REQUIRE(heard);
        CHECK(heard->address == olt::Address{0, onu});
        CHECK(heard->octets.size() == 44);
        pair.onts.send({0, onu}, kept(*heard));
        const auto answer = pair.at_olt();
        REQUIRE(answer);
        CHECK(answer->address == olt::Address{0, onu});
    }
    CHECK(pair.olt.counts().sent == 2);
    CHECK(pair.olt.counts().received == 2);
    pair.olt.send({0, 3}, a_get(9));  // there is no such ONT on this link
    CHECK(pair.olt.counts().not_sent == 1);
}

TEST_CASE("udp: a frame to the shared port is received once, and answered from each ONT's own port") {
    Pair pair;
    pair.onts.send({0, 1}, a_get(5));  // nobody has asked yet: there is nobody to tell
    CHECK(pair.onts.counts().not_sent == 1);
    pair.olt.send(olt::Address::shared(0), a_get(5));
    const auto heard = pair.at_onts();
    REQUIRE(heard);
    CHECK(heard->address.is_shared());
    const auto frame = kept(*heard);
    CHECK_FALSE(pair.onts.wait_until(pair.onts.now()));
    for (const std::uint16_t onu : {std::uint16_t{1}, std::uint16_t{2}}) {
        pair.onts.send({0, onu}, frame);
        const auto answer = pair.at_olt();
        REQUIRE(answer);
        CHECK(answer->address == olt::Address{0, onu});
    }
}

TEST_CASE("udp: a wrong check is dropped and counted, and so is what is no OMCI message") {
    Pair pair;
    auto frame = a_get(5);
    frame[9] ^= 1;
    pair.olt.send_as_is({0, 1}, frame);
    pair.olt.send_as_is({0, 1}, std::vector<std::uint8_t>(5));
    CHECK_FALSE([&] {
        while (pair.olt.wait_until(pair.olt.now())) {}
        return pair.onts.wait_until(pair.onts.now() + 50ms);
    }());
    CHECK(pair.onts.counts().bad_check == 1);
    CHECK(pair.onts.counts().unreadable == 1);
    CHECK(pair.onts.counts().received == 0);
}

TEST_CASE("udp: an ONT that always checks and an OLT that never does understand each other") {
    Pair pair{"none", "crc"};
    pair.olt.send({0, 1}, a_get(5));
    auto heard = pair.at_onts();
    REQUIRE(heard);
    pair.onts.send({0, 1}, kept(*heard));
    heard = pair.at_olt();
    REQUIRE(heard);
    CHECK(heard->octets.size() == 44);
    CHECK(pair.olt.counts().sent_octets == 44);
    CHECK(pair.olt.counts().received_octets == 48);
}

TEST_CASE("udp: a port in use, a host that is not ours and an ONU beyond the last port are said so") {
    Pair pair;
    const auto complain = [&](const std::string& text, std::uint16_t first = 0) -> std::string {
        tools::Loop loop;
        try {
            tools::Link{loop, tools::parse_link(text, "", ""), LinkEnd::ont, first, 1};
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    };
    const std::string port = std::to_string(pair.port);
    CHECK(complain("udp:127.0.0.1:" + port).find("port " + port + " of 127.0.0.1 is in use") != std::string::npos);
    CHECK(complain("udp:192.0.2.1:5000").find("192.0.2.1 is no address of this machine") != std::string::npos);
    CHECK(complain("udp:127.0.0.1:65535", 1).find("there is none above 65535") != std::string::npos);
    CHECK(complain("udp:no.such.host.invalid:5000").find("cannot find the host") != std::string::npos);
}

TEST_CASE("link: a capture that cannot go on ends with a sentence, and the link goes on") {
    const tests::TemporaryFolder folder;
    Pair pair;
    tools::Loop loop;
    tools::Link olt{loop, tools::parse_link(pair.text, "", folder.file("full.pcap")), LinkEnd::olt, 0, 3};
    // As a full disk would have it, without filling one.
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    for (std::uint16_t i = 1; i <= 2000; ++i) {
        olt.send({0, 1}, a_get(i));
        if (i % 100 == 0) olt.wait_until(olt.now());
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(olt.capture_failure().find("full.pcap") != std::string::npos);
    CHECK(olt.counts().sent == 2000);
    CHECK(pair.onts.wait_until(pair.onts.now() + 1s));
}

TEST_CASE("udp: thousands of frames in a row arrive in order") {
    Pair pair;
    constexpr std::uint16_t frames = 2000;
    std::uint16_t next = 1;
    for (std::uint16_t i = 1; i <= frames; ++i) {
        pair.olt.send({0, 1}, a_get(i));
        if (i % 100 != 0) continue;
        while (pair.olt.wait_until(pair.olt.now())) {}
        while (next <= i) {
            const auto heard = pair.onts.wait_until(pair.onts.now() + 1s);
            REQUIRE(heard);
            REQUIRE(omci::value(omci::read_frame(heard->octets)->header.transaction_id) == next);
            ++next;
        }
    }
    CHECK(pair.olt.counts().not_sent == 0);
}
