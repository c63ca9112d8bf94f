// SPDX-License-Identifier: Apache-2.0
#include "tools/report/json_text.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tools {
namespace {

namespace json = boost::json;

constexpr unsigned nested_depth = 2;  // from here on everything stands on one line

void write(std::string& out, const json::value& value, unsigned depth);

void new_line(std::string& out, unsigned depth) {
    if (depth > nested_depth) return;
    out += '\n';
    out.append(2 * depth, ' ');
}

/// The values in `list`, each written by `write_one`, between `open` and `close`.
template <typename List, typename Write>
void write_list(std::string& out, const List& list, unsigned depth, char open, char close, Write write_one) {
    out += open;
    bool first = true;
    for (const auto& one : list) {
        if (!first) out += depth >= nested_depth ? ", " : ",";
        first = false;
        new_line(out, depth + 1);
        write_one(one);
    }
    if (!first) new_line(out, depth >= nested_depth ? nested_depth + 1 : depth);
    out += close;
}

void write(std::string& out, const json::value& value, unsigned depth) {
    if (const json::object* object = value.if_object()) {
        write_list(out, *object, depth, '{', '}', [&](const json::key_value_pair& member) {
            out += json::serialize(json::value(member.key())) + ": ";
            write(out, member.value(), depth + 1);
        });
    } else if (const json::array* array = value.if_array()) {
        write_list(out, *array, depth, '[', ']', [&](const json::value& one) { write(out, one, depth + 1); });
    } else if (const double* number = value.if_double()) {
        out += fmt::format("{}", *number);
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string json_text(const boost::json::value& value) {
    std::string out;
    write(out, value, 0);
    out += '\n';
    return out;
}

}  // namespace tools
