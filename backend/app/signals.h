// Process signals as something to wait for.
#pragma once

#include <chrono>

namespace parley::backend {

// Blocks SIGTERM and SIGINT for this thread and all that it starts from now on, and ignores SIGPIPE: a peer that goes
// away is an error code. Call first in main().
void prepare_signals();

// True when SIGTERM or SIGINT came within `limit`. Call on the main thread.
bool wait_for_stop_signal(std::chrono::milliseconds limit);

}  // namespace parley::backend
