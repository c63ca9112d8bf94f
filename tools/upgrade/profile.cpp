// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/profile.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "omci/software_download.h"

namespace tools {
namespace {

namespace json = boost::json;

constexpr std::size_t profile_octets_max = 64 * 1024;  // an image given by mistake is not read to its end
constexpr std::uint32_t close_guard_us_max = 10'000'000;
constexpr std::uint32_t sections_per_second_max = 100'000'000;

/// One key of a file that is being read.
struct Member {
    std::string_view place;
    std::string_view key;
    const json::value& value;

    [[noreturn]] void fail(std::string_view wanted) const {
        throw std::runtime_error{fmt::format("profile {}: \"{}\" is {}", place, key, wanted)};
    }

    std::uint32_t number(std::uint32_t least, std::uint32_t most) const {
        const std::int64_t* known = value.if_int64();
        if (!known || *known < std::int64_t{least} || *known > std::int64_t{most})
            fail(fmt::format("not a whole number from {} to {}", least, most));
        return static_cast<std::uint32_t>(*known);
    }

    bool yes() const {
        if (!value.is_bool()) fail("neither true nor false");
        return value.get_bool();
    }

    std::string text() const {
        if (!value.is_string()) fail("no text");
        return std::string{value.get_string()};
    }

    olt::Close close() const {
        const std::string word = value.is_string() ? text() : "";
        if (word != "shared" && word != "unicast") fail("neither \"shared\" nor \"unicast\"");
        return word == "shared" ? olt::Close::shared : olt::Close::unicast;
    }
};

void take(Profile& profile, const Member& member) {
    if (member.key == "about")
        profile.about = member.text();
    else if (member.key == "window")
        profile.window = static_cast<std::uint16_t>(member.number(1, omci::window_sections_max));
    else if (member.key == "extended")
        profile.extended = member.yes();
    else if (member.key == "hears_shared")
        profile.hears_shared = member.yes();
    else if (member.key == "close")
        profile.close = member.close();
    else if (member.key == "close_guard_us")
        profile.close_guard_us = member.number(0, close_guard_us_max);
    else if (member.key == "repeats")
        profile.repeats = member.yes();
    else if (member.key == "sections_per_second")
        profile.sections_per_second = member.number(1, sections_per_second_max);
    else
        member.fail("no key of a profile");
}

}  // namespace

Profile parse_profile(std::string_view place, std::string_view text) {
    json::error_code error;
    const json::value value = json::parse({text.data(), text.size()}, error);
    if (error) throw std::runtime_error{fmt::format("profile {}: is no JSON: {}", place, error.message())};
    const json::object* object = value.if_object();
    if (!object) throw std::runtime_error{fmt::format("profile {}: is no JSON object", place)};
    Profile profile;
    for (const json::key_value_pair& member : *object)
        take(profile, {place, {member.key().data(), member.key().size()}, member.value()});
    return profile;
}

Profile load_profile(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rb"), std::fclose};
    if (!file) throw std::runtime_error{fmt::format("profile {}: {}", path, std::strerror(errno))};
    std::string text(profile_octets_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get())) throw std::runtime_error{fmt::format("profile {}: {}", path, std::strerror(errno))};
    if (text.size() > profile_octets_max)
        throw std::runtime_error{fmt::format("profile {}: is no profile, it has more than 64 KiB", path)};
    return parse_profile(path, text);
}

boost::json::object profile_json(const Profile& profile) {
    json::object out;
    const auto put = [&out](const char* key, const auto& value) {
        if (value) out[key] = *value;
    };
    if (!profile.about.empty()) out["about"] = profile.about;
    put("window", profile.window);
    put("extended", profile.extended);
    put("hears_shared", profile.hears_shared);
    if (profile.close) out["close"] = *profile.close == olt::Close::shared ? "shared" : "unicast";
    put("close_guard_us", profile.close_guard_us);
    put("repeats", profile.repeats);
    put("sections_per_second", profile.sections_per_second);
    return out;
}

}  // namespace tools
