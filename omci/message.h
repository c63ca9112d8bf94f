// SPDX-License-Identifier: Apache-2.0
// Any message as one value: the list of all typed messages, and the way from a frame to the right one and back.
// Engine and handler know which message they expect and use read_message(); this is for those who must take all.
#pragma once

#include <cstddef>
#include <span>
#include <variant>

#include "omci/entity_messages.h"
#include "omci/frame.h"
#include "omci/mib_messages.h"
#include "omci/software_download.h"

namespace omci {

/// RawContents stands first: it is what every other ME, action or direction decodes to.
using Message =
    std::variant<RawContents, StartRequest, StartResponse, SectionRequest, SectionResponse, EndRequest, EndResponse,
                 ActivateRequest, ActivateResponse, CommitRequest, CommitResponse, GetRequest, GetResponse, SetRequest,
                 SetResponse, SetTableRequest, SetTableResponse, CreateRequest, CreateResponse, DeleteRequest,
                 DeleteResponse, MibResetRequest, MibResetResponse, MibUploadRequest, MibUploadResponse,
                 MibUploadNextRequest, MibUploadNextResponse, AttributeValueChange, Alarm, GetAllAlarmsRequest,
                 GetAllAlarmsResponse, GetAllAlarmsNextRequest, GetAllAlarmsNextResponse, SynchronizeTimeRequest,
                 SynchronizeTimeResponse, RebootRequest, RebootResponse, GetNextRequest, GetNextResponse,
                 GetCurrentDataRequest, GetCurrentDataResponse>;

/// The typed contents of `frame`. Never fails: octets that are missing read as zero (Frame::truncated says so), and
/// what has no type here comes back as RawContents. The message points into the frame's octets.
Message decode_message(const Frame& frame) noexcept;

/// Writes `message` under `header`, whose action must be that of the message (RawContents goes with any).
/// Returns the frame's size in octets, or no_room.
Result<std::size_t> encode_message(const Header& header, const Message& message, std::span<std::uint8_t> room,
                                   const TrailerChoice& choice = {}) noexcept;

}  // namespace omci
