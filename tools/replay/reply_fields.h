// SPDX-License-Identifier: Apache-2.0
// A reply as a list of fields that can be compared with those of another ONT's reply to the same command: what says
// nothing is left out, so that two answers that mean the same have the same fields.
#pragma once

#include <string>
#include <vector>

#include "omci/frame.h"

namespace tools {

struct ReplyField {
    std::string name;  ///< of a decoded frame; an attribute has its own name
    std::string text;
    bool identity = false;  ///< tells who or how old the ONT is: another one says something else

    bool operator==(const ReplyField&) const = default;
};

/// Behind a refusal only the result counts (G.988 says nothing of the rest).
std::vector<ReplyField> reply_fields(const omci::Frame& reply);

/// The text of a field, empty where there is none of this name.
std::string field_text(const std::vector<ReplyField>& fields, std::string_view name);

/// One field that two replies to the same command do not share.
struct ReplyDifference {
    std::string field;
    std::string then;  ///< empty: the reply has no such field
    std::string now;
    bool identity = false;
};

std::vector<ReplyDifference> compare_replies(const omci::Frame& then, const omci::Frame& now);

}  // namespace tools
