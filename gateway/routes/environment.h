// What the connections of one I/O thread share.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_set>

#include "common/clock.h"
#include "common/logger.h"
#include "common/random.h"
#include "common/request_log.h"
#include "gateway/hub/executor.h"
#include "gateway/hub/hub_shard.h"
#include "gateway/routes/chat_calls.h"
#include "gateway/routes/connection_metrics.h"
#include "gateway/routes/departures.h"
#include "gateway/routes/room_shares.h"

namespace parley::gateway {

class ChatConnection;

struct ConnectionLimits {
  std::size_t commands_outstanding_max;
  std::size_t commands_per_second_max;
  std::size_t pages_outstanding_max;      // of kPaged commands, see RouteOrder
  std::size_t page_bytes_per_second_max;  // of their answers
  std::size_t rooms_per_connection_max;
  int tutorial_history_messages_max;
  std::chrono::milliseconds call_deadline;
};

// Everything in it outlives the connections. `shard` and the connections belong to the thread of `executor`.
struct ConnectionEnvironment {
  std::string gateway_id;
  ConnectionLimits limits;
  ChatCalls& calls;
  HubShard& shard;
  Departures& departures;
  Executor& executor;
  RandomSource& random;
  const Clock& clock;
  const Logger& logger;
  ConnectionMetrics& metrics;
  const RequestLog& requests;
  RoomShares& room_shares;
  // Those that are open, for a lease that is made anew.
  std::unordered_set<ChatConnection*> connected = {};
  // Of the page that is served, for those who connect from now on.
  std::string page_version = {};
};

}  // namespace parley::gateway
