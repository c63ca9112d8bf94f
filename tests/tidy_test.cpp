// SPDX-License-Identifier: Apache-2.0
// The house rules that a machine can check, over the source tree: layers, lengths, words, and where things may lie.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string, std::less<>>;

constexpr std::size_t lines_max = 400;
constexpr std::size_t columns_max = 120;

const Names folders{"omci", "ont", "olt", "sim", "tools", "tests"};

/// What a layer may include; tools and tests see everything.
const std::map<std::string, Names, std::less<>> layers{
    {"omci", {"omci"}},
    {"ont", {"omci", "ont"}},
    {"olt", {"omci", "olt"}},
    {"sim", {"omci", "ont", "olt", "sim"}},
};

struct File {
    std::string path;  ///< from the root of the tree
    std::vector<std::string> lines;

    std::string folder() const { return path.substr(0, path.find('/')); }
    bool ends_with(std::string_view end) const { return path.ends_with(end); }
    bool is_header() const { return ends_with(".h"); }
    bool is_code() const { return is_header() || ends_with(".cpp") || ends_with(".c"); }
    bool is_script() const { return !lines.empty() && lines[0].starts_with("#!"); }
    bool is_build() const { return ends_with("meson.build"); }
    bool is_firmware() const {
        return path.starts_with("ont/") && !path.starts_with("ont/linux/") && !path.starts_with("ont/examples/");
    }
};

std::vector<File> read_tree() {
    std::vector<File> files;
    const fs::path root = SOURCE_ROOT;
    for (const std::string& folder : folders)
        for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
            if (!entry.is_regular_file()) continue;
            File file{fs::relative(entry.path(), root).generic_string(), {}};
            if (file.path.starts_with("tests/fuzz/corpus/") || file.ends_with(".jsonl")) continue;
            std::ifstream in{entry.path(), std::ios::binary};
            for (std::string line; std::getline(in, line);) file.lines.push_back(line);
            files.push_back(std::move(file));
        }
    return files;
}

const std::vector<File>& tree() {
    static const std::vector<File> files = read_tree();
    return files;
}

/// Calls `breaks` for every line of the files that `chosen` takes; a line that breaks the rule fails the test by name.
template <typename Chosen, typename Breaks>
void each_line(Chosen chosen, Breaks breaks) {
    for (const File& file : tree()) {
        if (!chosen(file)) continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i)
            if (breaks(file, file.lines[i])) FAIL_CHECK(file.path, ":", i + 1, ": ", file.lines[i]);
    }
}

bool is_word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Where `word` stands in `line` as a word of its own, or npos.
std::size_t find_word(std::string_view line, std::string_view word, std::size_t from = 0) {
    for (std::size_t at = line.find(word, from); at != line.npos; at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_word_part(line[at - 1])) && (end == line.size() || !is_word_part(line[end]))) return at;
    }
    return line.npos;
}

bool has_word(std::string_view line, std::string_view word) { return find_word(line, word) != line.npos; }

/// The line without its comment and without what stands in quotes. Comments of C that span lines begin with a star.
std::string code_of(std::string_view line) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first != line.npos && line[first] == '*') return "";
    std::string code;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (quote != 0) {
            if (line[i] == '\\')
                ++i;
            else if (line[i] == quote)
                quote = 0;
            continue;
        }
        if (line.substr(i).starts_with("//") || line.substr(i).starts_with("/*")) break;
        const bool digit_mark = line[i] == '\'' && i > 0 && is_word_part(line[i - 1]);
        if ((line[i] == '"' || line[i] == '\'') && !digit_mark) quote = line[i];
        code += line[i];
    }
    return code;
}

/// Between quotes or angle brackets, or nothing where the line includes nothing.
std::string included(std::string_view line, char open, char close) {
    if (!line.starts_with("#include")) return "";
    const std::size_t begin = line.find(open);
    const std::size_t end = line.rfind(close);
    return begin == line.npos || end <= begin ? "" : std::string{line.substr(begin + 1, end - begin - 1)};
}

std::size_t columns(std::string_view line) {
    return static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_any(const File&) { return true; }
bool is_code(const File& file) { return file.is_code(); }
bool is_firmware(const File& file) { return file.is_code() && file.is_firmware(); }
bool is_layer(const File& file) { return file.is_code() && layers.contains(file.folder()); }

}  // namespace

TEST_CASE("tidy: the tree was found") { CHECK(tree().size() > 30); }

TEST_CASE("tidy: a layer includes only what lies under it, by its path from the root") {
    each_line(is_layer, [](const File& file, const std::string& line) {
        const std::string name = included(line, '"', '"');
        return !name.empty() && !layers.at(file.folder()).contains(name.substr(0, name.find('/')));
    });
}

TEST_CASE("tidy: firmware has no heap, no streams and no exceptions") {
    const Names banned{"iostream",      "sstream", "fstream",   "string", "vector",     "map",
                       "set",           "deque",   "list",      "memory", "functional", "unordered_map",
                       "unordered_set", "thread",  "stdexcept", "mutex",  "cstdio",     "stdio.h"};
    each_line(is_firmware, [&](const File&, const std::string& line) {
        const std::string code = code_of(line);
        const std::size_t word_new = find_word(code, "new");
        const bool heap = word_new != code.npos && !std::string_view{code}.substr(word_new).starts_with("new (");
        const bool is_include = code.starts_with("#include");
        return banned.contains(included(line, '<', '>')) || (heap && !is_include) || has_word(code, "malloc") ||
               has_word(code, "throw");
    });
}

TEST_CASE("tidy: omci is without streams and files too") {
    const Names banned{"iostream", "fstream", "thread", "filesystem"};
    each_line([](const File& file) { return file.folder() == "omci"; },
              [&](const File&, const std::string& line) { return banned.contains(included(line, '<', '>')); });
}

TEST_CASE("tidy: arithmetic in the layers is integer arithmetic") {
    each_line(is_layer, [](const File&, const std::string& line) {
        const std::string code = code_of(line);
        return has_word(code, "double") || has_word(code, "float");
    });
}

TEST_CASE("tidy: files have at most 400 lines, lines at most 120 columns") {
    for (const File& file : tree()) {
        CAPTURE(file.path);
        if (file.is_code() || file.is_script()) CHECK(file.lines.size() <= lines_max);
    }
    each_line([](const File& file) { return file.is_code() || file.is_script() || file.is_build(); },
              [](const File&, const std::string& line) { return columns(line) > columns_max; });
}

TEST_CASE("tidy: no tabs, no blanks at the end of a line") {
    each_line([](const File& file) { return file.is_code() || file.is_build(); },
              [](const File&, const std::string& line) {
                  return line.find_first_of("\t\r") != line.npos || line.ends_with(' ');
              });
}

TEST_CASE("tidy: the licence stands first, and what a header is for behind it") {
    constexpr std::string_view licence = "SPDX-License-Identifier: Apache-2.0";
    for (const File& file : tree()) {
        if (!file.is_code() && !file.is_script()) continue;
        CAPTURE(file.path);
        const std::size_t first = file.is_script() ? 1 : 0;
        REQUIRE(file.lines.size() > first + 2);
        CHECK(file.lines[first].find(licence) != std::string::npos);
        if (!file.is_header()) continue;
        const std::string& purpose = file.lines[1];
        CHECK((purpose.starts_with("//") || purpose.starts_with("/*") || purpose.starts_with(" *")));
    }
}

TEST_CASE("tidy: a header can be included twice") {
    for (const File& file : tree()) {
        if (!file.is_header()) continue;
        CAPTURE(file.path);
        // ont.h is for any compiler of C.
        const std::string_view guard = file.path == "ont/ont.h" ? "#ifndef " : "#pragma once";
        CHECK(std::any_of(file.lines.begin(), file.lines.end(),
                          [&](const std::string& line) { return line.starts_with(guard); }));
    }
}

TEST_CASE("tidy: what is left to do stands in an issue, not in the code") {
    // In two pieces each, so that this file obeys the rule.
    const std::string words[] = {
        "TO"
        "DO",
        "FIX"
        "ME",
        "XX"
        "X",
        "HA"
        "CK"};
    each_line(is_any, [&](const File&, const std::string& line) {
        return std::any_of(std::begin(words), std::end(words),
                           [&](const std::string& word) { return has_word(line, word); });
    });
}

TEST_CASE("tidy: no code is commented out") {
    each_line(is_code, [](const File&, const std::string& line) {
        const std::size_t first = line.find_first_not_of(' ');
        if (first == line.npos || !line.ends_with(';')) return false;
        const std::string_view comment = std::string_view{line}.substr(first);
        // An example in a comment is set in further.
        if (!comment.starts_with("// ") || comment.starts_with("//  ")) return false;
        return comment.find(" = ") != comment.npos || comment.ends_with(");");
    });
}

TEST_CASE("tidy: the root holds the six folders and the files that a stranger looks for, nothing else") {
    const Names files{"meson.build", "meson_options.txt", "README.md", "CHANGELOG.md", "LICENSE"};
    for (const auto& entry : fs::directory_iterator{SOURCE_ROOT}) {
        const std::string name = entry.path().filename().string();
        CAPTURE(name);
        if (name.starts_with('.') || name.starts_with("build")) continue;
        CHECK((entry.is_directory() ? folders : files).contains(name));
    }
    for (const std::string& folder : folders) CHECK(fs::is_directory(fs::path{SOURCE_ROOT} / folder));
}
