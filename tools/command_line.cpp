// SPDX-License-Identifier: Apache-2.0
#include "tools/command_line.h"

#include <fmt/format.h>

#include <sstream>

#include "omci/software_image.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {

po::typed_value<std::string>* text_value(const char* name) { return po::value<std::string>()->value_name(name); }

po::typed_value<std::vector<std::string>>* texts_value(const char* name) {
    return po::value<std::vector<std::string>>()->value_name(name);
}

CommandLine::CommandLine(int argc, const char* const* argv, const po::options_description& described,
                         const char* positional, const char* no_positional)
    : subcommand_{argv[0]} {
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::positional_options_description places;
    if (positional) places.add(positional, -1);
    try {
        po::store(po::command_line_parser(argc, argv).options(described).positional(places).style(style).run(),
                  values_);
    } catch (const po::too_many_positional_options_error&) {
        throw UsageError{fmt::format("{} {}", subcommand_, no_positional)};
    } catch (const po::error& error) {
        throw UsageError{fmt::format("{}: {}", subcommand_, error.what())};
    }
}

std::string CommandLine::text(const char* name) const { return has(name) ? values_[name].as<std::string>() : ""; }

std::vector<std::string> CommandLine::texts(const char* name) const {
    return has(name) ? values_[name].as<std::vector<std::string>>() : std::vector<std::string>{};
}

std::string CommandLine::file(const char* name) const {
    std::string path = text(name);
    if (has(name) && path.empty()) throw UsageError{fmt::format("--{}: the file has no name", name)};
    return path;
}

std::string CommandLine::required(const char* name, const char* what) const {
    if (!has(name)) throw UsageError{fmt::format("{} needs --{} {}", subcommand_, name, what)};
    return text(name);
}

std::size_t CommandLine::word(const char* name, const char* const* words, std::size_t count) const {
    const std::string given = text(name);
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        if (given == words[i]) return i;
        all += (i == 0 ? "" : ", ") + std::string{words[i]};
    }
    throw UsageError{fmt::format("--{}: \"{}\" is not one of {}", name, given, all)};
}

std::uint64_t CommandLine::number(const char* name, std::uint64_t least, std::uint64_t most) const {
    return parse_count(fmt::format("--{}", name), text(name), least, most);
}

std::string parse_version(const std::string& text, const char* place) {
    bool printable = true;
    for (const char c : text) printable = printable && c > ' ' && c <= '~';
    if (text.empty() || text.size() > omci::version_octets || !printable)
        throw UsageError{fmt::format("{}: \"{}\" is not 1 to {} printable characters without blanks", place, text,
                                     omci::version_octets)};
    return text;
}

std::string described_text(const po::options_description& described) {
    std::ostringstream out;
    out << described;
    return out.str();
}

}  // namespace tools
