#include "tests/bench/protocol.h"

#include "tests/bench/parley_protocols.h"
#include "tests/bench/peer_protocols.h"
#include "tests/bench/plain_protocol.h"

namespace parley::bench {

std::unique_ptr<Protocol> make_protocol(std::string_view name) {
  if (name == "plain") return make_plain_protocol();
  if (std::unique_ptr<Protocol> protocol = make_peer_protocol(name)) return protocol;
  return make_parley_protocol(name);
}

}  // namespace parley::bench
