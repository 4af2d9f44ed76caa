#include "gateway/routes/page_notice.h"

#include <optional>

namespace parley::gateway {

PageNotice make_page_notice(const std::string& version) {
  PageNotice notice;
  notice.version = version;
  pb::Push push;
  push.mutable_page_version()->set_version(version);
  for (std::size_t index = 0; index < kWireFormatCount; ++index) {
    const WireFormat& format = wire_format(static_cast<WireFormatId>(index));
    const std::optional<std::string> payload = format.encode_push(push);
    if (payload) notice.frames[index] = make_frame(format.opcode(), *payload);
  }
  return notice;
}

}  // namespace parley::gateway
