// SPDX-License-Identifier: Apache-2.0
// Raw Ethernet links, both ends in this process, on the loopback interface of a network namespace of their own. Where
// the machine allows none (it takes root), these tests say so and pass.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "omci/mib_messages.h"
#include "omci/software_image.h"
#include "tests/temporary_folder.h"
#include "tools/link/link.h"

using namespace std::chrono_literals;
using tools::LinkEnd;

namespace {

/// This process in a network namespace with nothing in it but "lo", as long as this object lives.
class OwnNetwork {
public:
    OwnNetwork() : outside_{::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)} {
        inside_ = outside_ >= 0 && ::unshare(CLONE_NEWNET) == 0;
        if (!inside_) std::puts("not tested: this user may not make a network namespace");
    }
    ~OwnNetwork() {
        if (inside_ && ::setns(outside_, CLONE_NEWNET) != 0) std::abort();
        ::close(outside_);
    }
    OwnNetwork(const OwnNetwork&) = delete;
    OwnNetwork& operator=(const OwnNetwork&) = delete;

    bool ready() const { return inside_; }

    void set_up(int mtu) const {
        const int handle = ::socket(AF_INET, SOCK_DGRAM, 0);
        ifreq request{};
        request.ifr_name[0] = 'l';
        request.ifr_name[1] = 'o';
        request.ifr_flags = IFF_UP;
        const bool up = ::ioctl(handle, SIOCSIFFLAGS, &request) == 0;
        request.ifr_mtu = mtu;
        const bool sized = ::ioctl(handle, SIOCSIFMTU, &request) == 0;
        ::close(handle);
        REQUIRE(up);
        REQUIRE(sized);
    }

private:
    int outside_;
    bool inside_ = false;
};

std::vector<std::uint8_t> a_get(std::uint16_t id, std::size_t octets = 48) {
    std::vector<std::uint8_t> frame(48);
    const auto header = omci::request(omci::Action::get, omci::TransactionId{id}, omci::MessageSet::baseline,
                                      omci::MeClass::software_image, omci::image_instance(0));
    REQUIRE(omci::write_frame(header, omci::GetRequest{omci::AttributeMask{0xF000}}, frame));
    frame.resize(octets);
    return frame;
}

/// The longest message there is.
std::vector<std::uint8_t> an_extended_section() {
    std::vector<std::uint8_t> frame(omci::frame_max_octets);
    const auto header =
        omci::request(omci::Action::download_section, omci::TransactionId{0x4000}, omci::MessageSet::extended,
                      omci::MeClass::software_image, omci::image_instance(1), false);
    REQUIRE(omci::begin_frame(header, frame));
    REQUIRE(omci::end_frame(omci::MessageSet::extended, omci::extended_contents_max_octets, {}, frame));
    return frame;
}

std::string complaint(const std::string& link) {
    try {
        tools::Loop loop;
        const tools::Link opened{loop, tools::parse_link(link, "", ""), LinkEnd::olt, 0, 1};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

struct End {
    End(const std::string& text, LinkEnd end, std::uint16_t first, std::uint16_t count, const std::string& check = "")
        : link{loop, tools::parse_link(text, check, ""), end, first, count} {}

    void send(const olt::Address& address, const std::vector<std::uint8_t>& message) {
        link.send(address, message);
        while (link.wait_until(link.now())) {}
    }
    /// What comes within 5 s.
    std::optional<olt::Address> hear(std::vector<std::uint8_t>& message) {
        const auto arrival = link.wait_until(link.now() + 5s);
        if (!arrival) return std::nullopt;
        message.assign(arrival->octets.begin(), arrival->octets.end());
        return arrival->address;
    }
    bool hears_nothing() { return !link.wait_until(link.now() + 20ms); }

    tools::Loop loop;
    tools::Link link;
};

}  // namespace

TEST_CASE("ethernet: both ends hear what is for them, and nothing else") {
    const OwnNetwork network;
    if (!network.ready()) return;
    network.set_up(1500);
    End olt{"eth:lo", LinkEnd::olt, 0, 4}, near{"eth:lo", LinkEnd::ont, 0, 2}, far{"eth:lo", LinkEnd::ont, 2, 2};
    End elsewhere{"eth:lo,pon=1", LinkEnd::ont, 0, 4}, other_port{"eth:lo,shared=7", LinkEnd::ont, 0, 2};
    CHECK(olt.link.message_max() == 1500);
    std::vector<std::uint8_t> heard;
    const olt::Address third{0, 2}, shared = olt::Address::shared(0);

    olt.send(third, a_get(1));
    CHECK(far.hear(heard) == third);
    CHECK(heard == a_get(1, 44));
    olt.send(shared, a_get(2));
    CHECK(near.hear(heard) == shared);
    CHECK(far.hear(heard) == shared);
    CHECK(heard == a_get(2, 44));
    far.send(third, a_get(3));
    CHECK(olt.hear(heard) == third);
    CHECK(heard == a_get(3, 44));

    for (End* end : {&olt, &near, &far, &elsewhere, &other_port}) CHECK(end->hears_nothing());
    CHECK(near.link.counts().received == 1);
    CHECK(near.link.counts().unreadable == 0);
}

TEST_CASE("ethernet: a message without a check stays one, though the frame is padded") {
    const OwnNetwork network;
    if (!network.ready()) return;
    network.set_up(1500);
    End olt{"eth:lo", LinkEnd::olt, 0, 1, "none"}, ont{"eth:lo", LinkEnd::ont, 0, 1};
    std::vector<std::uint8_t> heard;
    olt.send({0, 0}, a_get(1));
    CHECK(ont.hear(heard) == olt::Address{0, 0});
    CHECK(heard == a_get(1, 44));
    CHECK(ont.link.counts().received_octets == 44);
    ont.send({0, 0}, a_get(1));  // it answers as it was spoken to
    CHECK(olt.hear(heard) == olt::Address{0, 0});
    CHECK(olt.link.counts().received_octets == 44);
}

TEST_CASE("ethernet: the MTU bounds a message") {
    const OwnNetwork network;
    if (!network.ready()) return;
    network.set_up(2000);
    const auto section = an_extended_section();
    std::vector<std::uint8_t> heard;
    {
        End olt{"eth:lo", LinkEnd::olt, 0, 1}, ont{"eth:lo", LinkEnd::ont, 0, 1};
        CHECK(olt.link.message_max() == 1980);
        olt.send(olt::Address::shared(0), section);
        CHECK(ont.hear(heard) == olt::Address::shared(0));
        CHECK(heard.size() == 1976);
    }
    network.set_up(1979);
    End olt{"eth:lo", LinkEnd::olt, 0, 1}, ont{"eth:lo", LinkEnd::ont, 0, 1};
    CHECK(olt.link.message_max() == 1979);
    olt.send(olt::Address::shared(0), section);
    CHECK(olt.link.counts().not_sent == 1);
    CHECK(ont.hears_nothing());
}

TEST_CASE("ethernet: what is wrong with an interface is said in one sentence") {
    CHECK(complaint("eth:no-such-one")
              .find("eth:no-such-one: there is no interface \"no-such-one\"; those of this "
                    "machine are: ") == 0);
    CHECK(complaint("eth:a-name-longer-than-any-interface-has").find("there is no interface") != std::string::npos);
    const OwnNetwork network;
    if (!network.ready()) return;
    CHECK(complaint("eth:lo") == "eth:lo: interface lo is down; \"ip link set lo up\" brings it up");
    CHECK(complaint("eth:eth0") == "eth:eth0: there is no interface \"eth0\"; those of this machine are: lo");
}
