// What the chat does, without transport and database: each request is validated, stored, and announced.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "backend/chat/broker.h"
#include "backend/chat/hub.h"
#include "backend/chat/store.h"
#include "common/logger.h"
#include "common/metrics/counter.h"
#include "common/random.h"

namespace parley::backend {

// Thread-safe.
struct ChatMetrics {
  Counter messages;         // stored
  Counter repeats;          // that had been stored before
  Counter resumes;          // answered with what was missing
  Counter resets;           // answered with the latest page instead
  Counter hints;            // given to the broker
  Counter gateways_reaped;  // whose lease had lapsed
};

// A message that is stored.
struct SentMessage {
  SharedEvent event;    // the message with its position
  bool is_new = false;  // false: it had been stored before, and nothing is announced
};

// Thread-safe; nothing blocks. A completion is called exactly once, for an invalid request before the call returns.
// Errors are those that chat_service.proto lists. All arguments of the constructor outlive the object, and the store is
// stopped before it is destroyed.
class ChatRooms {
 public:
  ChatRooms(Store& store, Hub& hub, Broker& broker, RandomSource& random, const Logger& logger);

  void connect(pb::ConnectRequest request, CallLimit limit, Completion<pb::ConnectResponse> done);
  void disconnect(pb::DisconnectRequest request, CallLimit limit, Completion<pb::DisconnectResponse> done);
  void set_name(pb::SetNameRequest request, CallLimit limit, Completion<pb::SetNameResponse> done);
  void get_messages(const pb::GetMessagesRequest& request, CallLimit limit, Completion<pb::GetMessagesResponse> done);
  // The event is given to the hub and to the broker before `done` is called. Messages of one room are stored and
  // completed in the order of the calls.
  void send(pb::SendMessageRequest request, CallLimit limit, Completion<SentMessage> done);
  // The same, for one who wants the whole message back.
  void send_message(pb::SendMessageRequest request, CallLimit limit, Completion<pb::SendMessageResponse> done);
  void resume(const pb::ResumeRequest& request, CallLimit limit, Completion<pb::ResumeResponse> done);

  // A gateway's hello.
  void take_lease(const std::string& gateway_id, Completion<LeaseState> done);
  // A gateway's heartbeat, for the lease that take_lease() answered.
  void renew_lease(const std::string& gateway_id, std::int64_t lease_number, Completion<Renewal> done);
  // Removes what lapsed gateways left behind, and announces the departures. Nothing while an earlier call is under way.
  void reap();

  Hub& hub() { return hub_; }
  const ChatMetrics& metrics() const { return metrics_; }

 private:
  void reap_some();
  void announce_presence(const std::string& room);
  void announce_departures(const std::vector<std::string>& rooms);
  void announce_change(const SharedEvent& event);

  Store& store_;
  Hub& hub_;
  Broker& broker_;
  RandomSource& random_;
  const Logger& logger_;
  std::atomic<bool> reaping_ = false;
  ChatMetrics metrics_;
};

}  // namespace parley::backend
