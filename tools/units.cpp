// SPDX-License-Identifier: Apache-2.0
#include "tools/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "tools/usage.h"

namespace tools {
namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr std::size_t digits_max = 18;  // what a Decimal holds without overflow
constexpr std::uint64_t ns_per_second = 1'000'000'000;

[[noreturn]] void refuse(std::string_view place, std::string_view text, std::string_view cause) {
    throw UsageError{fmt::format("{}: \"{}\" {}", place, text, cause)};
}

/// digits * 10^exponent, exactly.
struct Decimal {
    std::uint64_t digits = 0;
    int exponent = 0;
    std::string_view unit;  ///< what followed the number
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Cuts "e-4" off the front of `text` and returns its value; what only looks like one ("e", "eV") stays a unit.
std::optional<int> cut_exponent(std::string_view& text) {
    if (text.empty() || (text[0] != 'e' && text[0] != 'E')) return 0;
    std::size_t at = 1;
    const bool negative = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (at == text.size() || !is_digit(text[at])) return 0;
    int value = 0;
    for (; at < text.size() && is_digit(text[at]); ++at) {
        value = value * 10 + (text[at] - '0');
        if (value > 400) return std::nullopt;
    }
    text.remove_prefix(at);
    return negative ? -value : value;
}

/// DIGITS[.DIGITS][e[+-]DIGITS], or none: nothing that a person would call a number, or more digits than we hold.
std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal number;
    std::size_t significant = 0;
    bool point = false, any = false;
    while (!text.empty()) {
        const char c = text[0];
        if (c == '.' && !point && any && text.size() > 1 && is_digit(text[1])) {
            point = true;
        } else if (is_digit(c)) {
            any = true;
            if ((number.digits != 0 || c != '0') && ++significant > digits_max) return std::nullopt;
            number.digits = number.digits * 10 + static_cast<std::uint64_t>(c - '0');
            if (point) --number.exponent;
        } else {
            break;
        }
        text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
    const std::optional<int> exponent = cut_exponent(text);
    if (!exponent) return std::nullopt;
    number.exponent += *exponent;
    number.unit = text;
    return number;
}

/// The whole number that `number` is, or none where it has a fraction or is larger than `most`.
std::optional<std::uint64_t> whole(Decimal number, std::uint64_t most) {
    if (number.digits == 0) return 0;
    while (number.exponent < 0 && number.digits % 10 == 0) {
        number.digits /= 10;
        ++number.exponent;
    }
    if (number.exponent < 0) return std::nullopt;
    while (number.exponent-- > 0) {
        if (number.digits > most / 10) return std::nullopt;
        number.digits *= 10;
    }
    return number.digits <= most ? std::optional{number.digits} : std::nullopt;
}

struct Unit {
    std::string_view name;
    int exponent;
    std::uint64_t factor = 1;
};

template <std::size_t count>
const Unit* find(const std::array<Unit, count>& units, std::string_view name) {
    for (const Unit& unit : units)
        if (unit.name == name) return &unit;
    return nullptr;
}

/// `text` split at its one '-': 0-20. An exponent's minus (1e-4) never occurs in a range.
template <typename Value, typename Parse>
Range<Value> parse_range(std::string_view place, std::string_view text, const char* form, Parse parse) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        const Value both = parse(text);
        return {both, both};
    }
    if (dash == 0 || dash + 1 == text.size() || text.find('-', dash + 1) != std::string_view::npos)
        refuse(place, text, form);
    const Range<Value> range{parse(text.substr(0, dash)), parse(text.substr(dash + 1))};
    if (range.first > range.last) refuse(place, text, "ends before it begins");
    return range;
}

/// part / whole in units of 10^-decimals, rounded to nearest.
std::uint64_t scaled(std::uint64_t part, std::uint64_t whole_part, unsigned decimals) {
    Wide value = part;
    for (unsigned i = 0; i < decimals; ++i) value *= 10;
    return static_cast<std::uint64_t>((value + whole_part / 2) / whole_part);
}

}  // namespace

std::uint64_t parse_count(std::string_view place, std::string_view text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc::invalid_argument || stop != end) refuse(place, text, "is no whole number");
    if (error != std::errc{} || value < least || value > most)
        refuse(place, text, fmt::format("is not from {} to {}", least, most));
    return value;
}

std::uint64_t parse_rate(std::string_view place, std::string_view text) {
    constexpr std::array units{Unit{"", 0}, Unit{"k", 3}, Unit{"K", 3}, Unit{"M", 6}, Unit{"G", 9}};
    constexpr std::uint64_t most = 1'000'000'000'000;
    std::optional<Decimal> number = read_decimal(text);
    if (!number) refuse(place, text, "is no rate; write 10M, 2.5G or 10000000 (bit/s)");
    for (const std::string_view ending : {"bit/s", "bps", "b/s"})
        if (number->unit.ends_with(ending)) {
            number->unit.remove_suffix(ending.size());
            break;
        }
    const Unit* unit = find(units, number->unit);
    if (!unit) refuse(place, text, "is no rate; write 10M, 2.5G or 10000000 (bit/s)");
    number->exponent += unit->exponent;
    const std::optional<std::uint64_t> rate = whole(*number, most);
    if (!rate || *rate == 0) refuse(place, text, "is not a whole number of bit/s from 1 to 1000G");
    return *rate;
}

std::uint64_t parse_probability(std::string_view place, std::string_view text) {
    constexpr std::uint64_t certain = std::uint64_t{1} << 32;
    std::optional<Decimal> number = read_decimal(text);
    if (!number || !number->unit.empty()) refuse(place, text, "is no probability; write 0.0001 or 1e-4");
    while (number->digits != 0 && number->digits % 10 == 0) {
        number->digits /= 10;
        ++number->exponent;
    }
    if (number->digits == 0) return 0;
    if (number->exponent > 0 || (number->exponent == 0 && number->digits > 1)) refuse(place, text, "is more than 1");

    // At most 18 digits and 32 bits: the product fits 92 bits, and 10^28 is more than it can be.
    const Wide parts = Wide{number->digits} * certain;
    if (number->exponent < -28) refuse(place, text, "is less than 2^-33, so it would never happen; write 0");
    Wide divisor = 1;
    for (int i = 0; i > number->exponent; --i) divisor *= 10;
    if (Wide{number->digits} > divisor) refuse(place, text, "is more than 1");
    const auto rounded = static_cast<std::uint64_t>((parts + divisor / 2) / divisor);
    if (rounded == 0) refuse(place, text, "is less than 2^-33, so it would never happen; write 0");
    return rounded;
}

std::int64_t parse_time(std::string_view place, std::string_view text) {
    constexpr std::array units{Unit{"ns", 0}, Unit{"us", 3},         Unit{"ms", 6},
                               Unit{"s", 9},  Unit{"min", 9 + 1, 6}, Unit{"h", 9 + 2, 36}};
    constexpr std::uint64_t most = 1000 * 3600 * ns_per_second;
    std::optional<Decimal> number = read_decimal(text);
    const Unit* unit = number ? find(units, number->unit) : nullptr;
    if (!unit) refuse(place, text, "is no time; write 3s, 250ms, 2.5s or 5min");
    if (number->digits > std::numeric_limits<std::uint64_t>::max() / unit->factor) refuse(place, text, "is too long");
    number->digits *= unit->factor;
    number->exponent += unit->exponent;
    const std::optional<std::uint64_t> nanoseconds = whole(*number, most);
    if (!nanoseconds) refuse(place, text, "is finer than a nanosecond or longer than 1000 hours");
    return static_cast<std::int64_t>(*nanoseconds);
}

std::uint64_t parse_size(std::string_view place, std::string_view text, std::uint64_t least, std::uint64_t most) {
    constexpr std::array units{Unit{"", 0, 1}, Unit{"K", 0, 1 << 10}, Unit{"M", 0, 1 << 20}, Unit{"G", 0, 1 << 30}};
    constexpr const char* form = "is no size; write 32M, 64MiB or 33554432 (octets)";
    std::optional<Decimal> number = read_decimal(text);
    if (!number) refuse(place, text, form);
    if (number->unit.ends_with("iB") && number->unit.size() == 3) number->unit.remove_suffix(2);
    const Unit* unit = find(units, number->unit);
    if (!unit || number->digits > std::numeric_limits<std::uint64_t>::max() / unit->factor) refuse(place, text, form);
    number->digits *= unit->factor;
    const std::optional<std::uint64_t> octets = whole(*number, most);
    if (!octets || *octets < least)
        refuse(place, text,
               fmt::format("is not a whole number of octets from {} to {}", grouped(least), grouped(most)));
    return *octets;
}

Range<std::uint32_t> parse_distances_km(std::string_view place, std::string_view text) {
    const char* const form = "is no range of kilometres; write 0-20 or 5-5.5";
    return parse_range<std::uint32_t>(place, text, form, [&](std::string_view end) {
        std::optional<Decimal> number = read_decimal(end);
        if (!number || !number->unit.empty()) refuse(place, text, form);
        number->exponent += 3;
        const std::optional<std::uint64_t> metres = whole(*number, 60'000);
        if (!metres) refuse(place, text, "is not in whole metres up to 60 km");
        return static_cast<std::uint32_t>(*metres);
    });
}

Range<std::uint64_t> parse_seeds(std::string_view place, std::string_view text) {
    return parse_range<std::uint64_t>(place, text, "is no range of seeds; write 1-500", [&](std::string_view end) {
        return parse_count(place, end, 0, std::numeric_limits<std::uint64_t>::max());
    });
}

std::string grouped(std::uint64_t number) {
    std::string out = fmt::format("{}", number);
    for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
    return out;
}

std::string ratio_text(std::uint64_t part, std::uint64_t whole_part, unsigned decimals) {
    if (whole_part == 0) return "-";
    std::uint64_t unit = 1;
    for (unsigned i = 0; i < decimals; ++i) unit *= 10;
    const std::uint64_t value = scaled(part, whole_part, decimals);
    if (decimals == 0) return grouped(value);
    return fmt::format("{}.{:0{}}", grouped(value / unit), value % unit, decimals);
}

std::string mebibytes(std::uint64_t octets) { return ratio_text(octets, 1 << 20, 2) + " MiB"; }

std::string rate_text(std::uint64_t bits_per_s) {
    if (bits_per_s >= 1'000'000'000) return ratio_text(bits_per_s, 1'000'000'000, 2) + " Gbit/s";
    if (bits_per_s >= 1'000'000) return ratio_text(bits_per_s, 1'000'000, 2) + " Mbit/s";
    return ratio_text(bits_per_s, 1'000, 2) + " kbit/s";
}

std::string time_text(std::int64_t nanoseconds) {
    const std::uint64_t time = nanoseconds > 0 ? static_cast<std::uint64_t>(nanoseconds) : 0;
    if (time < 10 * ns_per_second) return ratio_text(time, ns_per_second, 3) + " s";
    if (time < 120 * ns_per_second) return ratio_text(time, ns_per_second, 1) + " s";
    const std::uint64_t seconds = (time + ns_per_second / 2) / ns_per_second;
    if (seconds < 7200) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string probability_text(std::uint64_t parts_of_2_32) {
    if (parts_of_2_32 == 0) return "0";
    constexpr std::uint64_t certain = std::uint64_t{1} << 32;
    // The power of ten that leaves one digit before the point; the smallest part, 2.3e-10, needs ten steps.
    unsigned exponent = 0;
    Wide value = parts_of_2_32;
    for (; value < certain; value *= 10) ++exponent;
    std::uint64_t digits = static_cast<std::uint64_t>((value * 100 + certain / 2) / certain);
    if (digits == 1000) {
        digits = 100;
        --exponent;
    }
    if (exponent == 0) return "1";
    return fmt::format("{}.{:02}e-{}", digits / 100, digits % 100, exponent);
}

}  // namespace tools
