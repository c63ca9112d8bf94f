// SPDX-License-Identifier: Apache-2.0
// The names of managed entities and attributes, for people: an object of its own, which firmware never pulls in.
#include "omci/me_rows.h"
#include "omci/me_table.h"

namespace omci {

const char* me_name(MeClass me_class) noexcept {
    for (const me_rows::NamedRow& row : me_rows::rows)
        if (row.me_class == me_class) return row.name;
    return nullptr;
}

const char* attribute_name(MeClass me_class, std::size_t number) noexcept {
    for (const me_rows::NamedRow& row : me_rows::rows)
        if (row.me_class == me_class && number >= 1 && number <= row.attributes.size())
            return row.attributes[number - 1].name;
    return nullptr;
}

}  // namespace omci
