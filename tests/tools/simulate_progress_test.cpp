// SPDX-License-Identifier: Apache-2.0
// What is said while a run goes: width, thrift, and no terminal codes where there is no terminal.
#include "tools/report/progress.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

using namespace std::chrono_literals;
using View = tools::CampaignView::View;

tools::CampaignMoment at(olt::Stage stage, unsigned percent, olt::Duration time = {}, std::uint64_t octets = 0) {
    tools::CampaignMoment moment;
    moment.onts.stage = stage;
    moment.onts.octets_done = percent * 10;
    moment.octets_total = 1000;
    moment.time = time;
    moment.downstream_octets = octets;
    moment.onts.repairing = 2;
    moment.failed = 1;
    return moment;
}

/// A file in memory, and what was written to it.
class Paper {
public:
    Paper() : file_{open_memstream(&text_, &size_), std::fclose} {}
    ~Paper() {
        file_.reset();
        std::free(text_);
    }
    std::FILE* file() { return file_.get(); }
    std::string text() {
        std::fflush(file());
        return {text_, size_};
    }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("progress: a live line fits the terminal and loses the least important first") {
    const tools::ProgressLine line{"transferring", 42, 9'980'000, 7400ms, "2 repairing, 0 done of 128, 1 failed"};
    CHECK(tools::live_text(line, 200) ==
          "transferring 42 %  [===========                 ]  2 repairing, 0 done of 128, 1 failed  8 s left  9.98 "
          "Mbit/s");
    CHECK(tools::live_text(line, 60) == "transferring 42 %  2 repairing, 0 done of 128, 1 failed");
    CHECK(tools::live_text(line, 30) == "transferring 42 %  [===      ]");
    CHECK(tools::live_text(line, 17) == "transferring 42 %");
    for (std::size_t columns = 1; columns < 200; ++columns) CHECK(tools::live_text(line, columns).size() <= columns);
}

TEST_CASE("progress: plain lines come with each phase and each tenth, not with each step") {
    Paper paper;
    tools::CampaignView view{View::lines, paper.file(), 128};
    tools::WallTime now{};
    for (int i = 0; i < 50; ++i) view.show(at(olt::Stage::looking, 0), now += 10ms);
    for (unsigned percent = 0; percent <= 100; ++percent)
        view.show(at(olt::Stage::transferring, percent, percent * 1s, percent * 1'250'000ull), now += 10ms);
    view.show(at(olt::Stage::rebooting, 0), now += 10ms);
    const std::string text = paper.text();
    CAPTURE(text);
    CHECK(lines(text) == 1 + 11 + 1);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(text.find("transferring   50 %     10.00 Mbit/s  2 repairing, 0 done of 128, 1 failed\n") !=
          std::string::npos);
}

TEST_CASE("progress: the second group begins again at nothing") {
    Paper paper;
    tools::CampaignView view{View::lines, paper.file(), 128};
    tools::WallTime now{};
    for (const unsigned percent : {0u, 50u, 100u, 0u, 50u, 100u})
        view.show(at(olt::Stage::transferring, percent), now += 1s);
    CHECK(lines(paper.text()) == 6);
}

TEST_CASE("progress: a live view draws ten times a second and wipes itself") {
    Paper paper;
    {
        tools::CampaignView view{View::live, paper.file(), 128};
        tools::WallTime now{1h};
        for (int i = 0; i < 1000; ++i) view.show(at(olt::Stage::transferring, 5), now += 1ms);
    }
    const std::string text = paper.text();
    CHECK(std::count(text.begin(), text.end(), '\r') == 10 + 1);
    CHECK(lines(text) == 0);
    CHECK(text.ends_with("\r\x1b[K"));
}

TEST_CASE("progress: no view says nothing") {
    Paper paper;
    tools::CampaignView view{View::none, paper.file(), 128};
    view.show(at(olt::Stage::transferring, 5), tools::WallTime{1h});
    view.clear();
    CHECK(paper.text().empty());
}
