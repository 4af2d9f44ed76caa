// A Multi-User Chat of XMPP (XEP-0045) over WebSocket (RFC 7395), as ejabberd speaks it.
#pragma once

#include <memory>

#include "tests/bench/protocol.h"

namespace parley::bench {

// Clients log in as ANONYMOUS (RFC 4505) at the host `localhost`, at the target `/ws`; rooms are of
// `conference.localhost`. XMPP has no receivers that do not speak and no senders that do not hear: a sender hears its
// whole room, and its own message among it, which is its answer.
std::unique_ptr<Protocol> make_xmpp_protocol();

}  // namespace parley::bench
