// SPDX-License-Identifier: Apache-2.0
// ONTs on a UDP link of the loopback, in a thread of this process: the handler that ships, its slots in a temporary
// folder. A test may lose frames between it and the link.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/temporary_folder.h"
#include "tools/link/link.h"
#include "tools/ont/rack.h"

namespace tests {

/// What makes one ONT differ from the others.
struct OntMade {
    std::uint8_t serial = 1;  ///< its last octet
    std::uint8_t omcc_version = 0xB4;
    std::string product_code{};
    tools::OntPackageKind packages{};
};

class OntThread {
public:
    /// Where one frame of ONT `onu_id` goes; false loses it. Called in the thread.
    using Gate = std::function<bool(bool downstream, const olt::Address& address, omci::Octets frame)>;

    explicit OntThread(const std::vector<OntMade>& onts, Gate gate = {}, const std::string& check = "");
    ~OntThread();

    /// As --link says it, with a shared port unless told otherwise.
    std::string link(bool shared = true) const;
    /// The state of one image, as of now.
    tools::OntDaemon::ImageState image(std::uint16_t onu_id, std::uint8_t image);

private:
    class Outside;
    void open(const std::string& check, std::uint16_t onts);
    void run();

    TemporaryFolder folder_;
    Gate gate_;
    std::uint16_t port_ = 0;
    std::unique_ptr<tools::Loop> loop_;
    std::unique_ptr<tools::Link> link_;
    std::unique_ptr<Outside> outside_;
    std::vector<std::unique_ptr<tools::OntRack>> racks_;  ///< of one ONT each: they may have any serial numbers
    std::mutex mutex_;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

}  // namespace tests
