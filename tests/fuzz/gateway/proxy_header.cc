// The begin of a proxy's connection, as it comes in pieces.
#include "gateway/web/proxy_header.h"

#include "tests/fuzz/fuzz.h"

namespace parley::fuzz {

void fuzz(std::string_view bytes) {
  using Kind = gateway::ProxyHeader::Kind;
  const gateway::ProxyHeader whole = gateway::parse_proxy_header(bytes);
  if (whole.kind == Kind::kIncomplete) {
    expect(whole.bytes_wanted > bytes.size(), "it asks for more than there is");
    expect(whole.bytes_wanted <= gateway::kProxyHeaderBytesMax, "it asks for no more than a header may have");
    return;
  }
  if (whole.kind == Kind::kWhole) expect(whole.bytes_wanted <= bytes.size(), "a header is not longer than what came");
  // Reading no more than is asked for comes to the same, and takes nothing of what follows the header.
  std::size_t have = 0;
  for (;;) {
    const gateway::ProxyHeader part = gateway::parse_proxy_header(bytes.substr(0, have));
    if (part.kind != Kind::kIncomplete) {
      expect(part.kind == whole.kind && part.client == whole.client, "the pieces are the same as the whole");
      if (part.kind == Kind::kWhole) expect(part.bytes_wanted == have, "no byte too many is read");
      return;
    }
    expect(part.bytes_wanted > have, "it asks for more than there is");
    if (part.bytes_wanted > bytes.size()) {
      expect(whole.kind == Kind::kInvalid, "a whole header is read to its end");
      return;
    }
    have = part.bytes_wanted;
  }
}

}  // namespace parley::fuzz
