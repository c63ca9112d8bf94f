// SPDX-License-Identifier: Apache-2.0
// The options of one subcommand, read by Boost.Program_options as text first: then all errors are ours, name the flag
// and the cause, and all numbers are read the same way (units.h). Each subcommand describes its options and turns them
// into a struct of its own.
#pragma once

#include <array>
#include <boost/program_options.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tools {

namespace po = boost::program_options;

/// Columns of --help.
inline constexpr unsigned help_columns = 110;

/// An option that takes one text; `name` is what --help calls it.
po::typed_value<std::string>* text_value(const char* name);
/// One that may be given several times.
po::typed_value<std::vector<std::string>>* texts_value(const char* name);

class CommandLine {
public:
    /// argv[0] is the subcommand's name. `positional` names the option that takes bare arguments, or is null: then
    /// `no_positional` is what is said to somebody who gives one. Throws UsageError.
    CommandLine(int argc, const char* const* argv, const po::options_description& described,
                const char* positional = nullptr, const char* no_positional = "takes options only");

    bool has(const char* name) const { return values_.count(name) > 0; }
    /// Empty where the option was not given.
    std::string text(const char* name) const;
    std::vector<std::string> texts(const char* name) const;
    /// The name of a file; empty where the option was not given. Throws UsageError for one that is given and empty.
    std::string file(const char* name) const;
    /// Throws UsageError "SUBCOMMAND needs --NAME WHAT" where the option was not given.
    std::string required(const char* name, const char* what) const;

    /// One of a few words, by its place in `words`; `value` is left as it is where the option was not given.
    template <typename Value, std::size_t count>
    void choice(const char* name, const std::array<const char*, count>& words, Value& value) const {
        if (has(name)) value = static_cast<Value>(word(name, words.data(), count));
    }

    template <typename Value>
    void count(const char* name, Value& value, std::uint64_t least, std::uint64_t most) const {
        if (has(name)) value = static_cast<Value>(number(name, least, most));
    }

    /// `read(flag, text)` is one of the parsers of units.h.
    template <typename Value, typename Parse>
    void parse(const char* name, Value& value, Parse read) const {
        if (has(name)) value = read(std::string{"--"} + name, text(name));
    }

private:
    std::size_t word(const char* name, const char* const* words, std::size_t count) const;
    std::uint64_t number(const char* name, std::uint64_t least, std::uint64_t most) const;

    std::string subcommand_;
    po::variables_map values_;
};

/// What ONTs call an image: 1 to 14 printable characters without blanks. `place` is what the UsageError names.
std::string parse_version(const std::string& text, const char* place = "--version");

/// A description, as --help prints it.
std::string described_text(const po::options_description& described);

}  // namespace tools
