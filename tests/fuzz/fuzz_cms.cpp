// SPDX-License-Identifier: Apache-2.0
// The judge of signatures on a CMS of any octets. Good is only what the signers of the seeds signed: a manifest that
// they never saw would be a forgery.
#include <cstdint>
#include <string_view>
#include <vector>

#include "omci/package.h"
#include "ont/linux/package_trust.h"
#include "tests/fuzz/cms_anchors.h"
#include "tests/fuzz/demand.h"
#include "tests/temporary_folder.h"

namespace {

const ont::PackageTrust& trust() {
    static const ont::PackageTrust& only = [&]() -> const ont::PackageTrust& {
        static ont::PackageTrust with_anchors;
        const tests::TemporaryFolder folder;
        DEMAND(!with_anchors.add_anchors(folder.write("anchors", tests::cms_anchors)));
        DEMAND(with_anchors.anchors() == 2);
        return with_anchors;
    }();
    return only;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const omci::Octets cms{data, size};
    const omci::Octets content = omci::cms_content(cms);
    std::vector<ont::PackageSigner> signers;
    const int one = trust().examine(cms, content, 1, signers);
    if (one == ONT_REFUSAL_MALFORMED_HEAD) return 0;
    DEMAND(signers.size() <= ont::PackageTrust::signers_max);
    std::size_t good = 0;
    for (const ont::PackageSigner& signer : signers) {
        good += signer.refusal == ONT_REFUSAL_NONE && !signer.repeated;
        DEMAND((signer.refusal == ONT_REFUSAL_NONE) == signer.cause.empty());
        if (signer.refusal == ONT_REFUSAL_NONE) DEMAND(signer.signature_good);
    }
    DEMAND((one == 0) == (good >= 1));
    DEMAND((trust().check(cms, content, 2) == 0) == (good >= 2));
    const std::string_view text{reinterpret_cast<const char*>(content.data()), content.size()};
    if (one == 0) DEMAND(text == tests::cms_manifest);
    // Another manifest than the one inside is never good.
    if (!content.empty()) DEMAND(trust().check(cms, content.first(content.size() - 1), 1) != 0);
    return 0;
}
