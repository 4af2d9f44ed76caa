// What a crowd is told to do, line by line, and what it tells of it.
#pragma once

#include "absl/status/status.h"
#include "tests/bench/crowd.h"

namespace parley::bench {

// Lets the crowd join, prints {"connect_s": …, "handshake": …}, and does what the lines of standard input say until
// that ends, each answered by a line of standard output; in between, the clients stay. A line is a JSON object, its
// times in seconds:
//   {"do": "run", "rate": 100, "seconds": 10}   see RunOptions: rate, window, seconds, warm_up_seconds,
//                                               give_up_seconds, body_bytes
//   {"do": "storm", "limit_seconds": 120}       see StormOptions
// What is asked must be right: the first failure ends all.
absl::Status command_crowd(const CrowdOptions& options, const Protocol& protocol);

}  // namespace parley::bench
