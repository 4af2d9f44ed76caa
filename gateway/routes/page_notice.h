// What open pages are told when the gateway begins to serve another version of its page.
#pragma once

#include <array>
#include <string>

#include "gateway/wire/wire_format.h"

namespace parley::gateway {

// Encoded once a wire format; all sockets share the bytes.
struct PageNotice {
  std::string version;                           // see PageVersion.version
  std::array<Frame, kWireFormatCount> frames{};  // by WireFormatId; null where a format has no such frame
};

PageNotice make_page_notice(const std::string& version);

}  // namespace parley::gateway
