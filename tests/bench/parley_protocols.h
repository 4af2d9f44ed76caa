// The gateway's own three languages: docs/websocket.md.
#pragma once

#include "tests/bench/protocol.h"

namespace parley::bench {

// Null for another name.
std::unique_ptr<Protocol> make_parley_protocol(std::string_view name);

}  // namespace parley::bench
