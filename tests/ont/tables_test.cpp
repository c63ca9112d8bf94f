// SPDX-License-Identifier: Apache-2.0
// The two tables that one may hang on a wall are printed as ont/README.md shows them, and must be what stands there.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "ont/boot_record.h"
#include "ont/image_bank.h"
#include "ont/linux/boot_dialects.h"

namespace {

const char* text(ont::Is is) { return is == ont::Is::any ? "-" : is == ont::Is::yes ? "yes" : "no"; }

const char* text(ont::Boots boots) {
    switch (boots) {
    case ont::Boots::committed: return "committed";
    case ont::Boots::uncommitted: return "uncommitted";
    case ont::Boots::nothing: break;
    }
    return "nothing";
}

const char* text(ont::Event event) {
    constexpr const char* names[] = {"Start", "End, good", "End, bad", "Activate", "Commit", "Reboot"};
    return names[static_cast<std::size_t>(event)];
}

std::string text(const ont::Outcome& outcome) {
    return std::to_string(static_cast<int>(outcome.answer)) + ", S" + std::to_string(static_cast<int>(outcome.to) + 1);
}

std::string boot_table() {
    std::ostringstream out;
    out << "| trial | uncommitted: valid | tries left | committed: valid | proven | tries left | boots | counted | |\n"
           "|---|---|---|---|---|---|---|---|---|\n";
    for (const ont::BootRow& row : ont::boot::table)
        out << "| " << text(row.trial) << " | " << text(row.uncommitted_valid) << " | " << text(row.uncommitted_tries)
            << " | " << text(row.committed_valid) << " | " << text(row.committed_proven) << " | "
            << text(row.committed_tries) << " | " << text(row.boots) << " | " << (row.counted ? "yes" : "no") << " | "
            << row.note << " |\n";
    return out.str();
}

std::string bank_table() {
    std::ostringstream out;
    out << "| in | event | for the running image | for the other one | |\n|---|---|---|---|---|\n";
    for (const ont::BankRow& row : ont::bank::table)
        out << "| S" << static_cast<int>(row.from) + 1 << " | " << text(row.event) << " | " << text(row.for_running)
            << " | " << text(row.for_other) << " | " << row.note << " |\n";
    return out.str();
}

std::string dialect_table() {
    std::ostringstream out;
    out << "| dialect | variable | what it means | of image | must be there |\n|---|---|---|---|---|\n";
    for (const ont::Dialect& dialect : ont::dialects::presets)
        for (const ont::Variable& variable : dialect.variables) {
            const bool of_image = variable.means == ont::Means::boots_left || variable.means == ont::Means::valid ||
                                  variable.means == ont::Means::version;
            out << "| " << dialect.name << " | `" << variable.name << "` | " << ont::text(variable.means) << " | "
                << (of_image ? std::to_string(variable.image) : "") << " | " << (variable.required ? "yes" : "")
                << " |\n";
        }
    return out.str();
}

std::string dialect_sentences() {
    std::ostringstream out;
    for (const ont::Dialect& dialect : ont::dialects::presets)
        out << "* `" << dialect.name << "`: " << dialect.sentence << ".\n";
    return out.str();
}

std::string readme() {
    std::ifstream file{SOURCE_ROOT "/ont/README.md"};
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("README: the boot table is the one that decides") {
    CAPTURE(boot_table());
    CHECK(readme().find(boot_table()) != std::string::npos);
}

TEST_CASE("README: the variables of boot loaders are those that are spoken") {
    CAPTURE(dialect_table());
    CAPTURE(dialect_sentences());
    CHECK(readme().find(dialect_table()) != std::string::npos);
    CHECK(readme().find(dialect_sentences()) != std::string::npos);
}

TEST_CASE("README: the table of two images is the one that decides") {
    CAPTURE(bank_table());
    CHECK(readme().find(bank_table()) != std::string::npos);
}
