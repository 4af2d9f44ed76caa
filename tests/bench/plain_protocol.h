// The least that broadcasts: a text frame goes as it is to all receivers of the room. The floor's, and bare peers'.
#pragma once

#include <memory>

#include "tests/bench/protocol.h"

namespace parley::bench {

// The upgrade request's target is `/ROOM` for a receiver and `/ROOM?speaks` for a sender.
std::unique_ptr<Protocol> make_plain_protocol();

}  // namespace parley::bench
