// The languages of the servers that are measured for comparison.
#pragma once

#include <memory>
#include <string_view>

#include "tests/bench/protocol.h"

namespace parley::bench {

// socket.io, nats, xmpp; null for another.
std::unique_ptr<Protocol> make_peer_protocol(std::string_view name);

}  // namespace parley::bench
