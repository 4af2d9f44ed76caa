// What the chat needs from a database. Implemented in backend/postgres.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "backend/chat/call_limit.h"
#include "chat/v1/chat_service.pb.h"
#include "chat/v1/event.pb.h"
#include "chat/v1/message.pb.h"
#include "chat/v1/stream_position.pb.h"

namespace parley::backend {

namespace pb = chat::v1;

// Called exactly once, on a thread of the store or on the caller's, with no lock of the store held.
template <typename Result>
using Completion = absl::AnyInvocable<void(absl::StatusOr<Result>)>;

// The largest presence list, see chat.v1.Presence.authors.
inline constexpr int kPresenceAuthorsMax = 100;

struct StoredConnection {
  pb::Author author;
  bool is_new = false;                  // false: it was stored before, and nothing changed
  std::vector<std::string> left_rooms;  // rooms that lost connections because the gateway's old lease had lapsed
};

struct RemovedConnection {
  bool existed = false;
};

struct StoredMessage {
  pb::Message message;
  std::string epoch;
  bool is_new = false;  // false: a repeat, answered with the original
};

struct HistoryQuery {
  std::string room;
  std::int64_t before_offset = INT64_MAX;  // messages posted before this offset
  int page_size = 100;                     // at least 1
};

struct HistoryPage {
  std::vector<pb::Message> messages;  // oldest first
  bool has_earlier = false;
};

struct ResumeQuery {
  std::string room;
  std::optional<pb::StreamPosition> position;
  int page_size = 100;  // of a reset, at least 1
  bool with_presence = true;
};

struct ResumePage {
  pb::StreamPosition head;
  bool reset = false;
  std::vector<pb::Message> messages;  // with reset: the latest page, oldest first; without: by change_offset
  bool has_earlier = false;           // with reset
  pb::Presence presence;              // when it was asked for
};

struct ChangesQuery {
  std::string room;
  pb::StreamPosition position;
};

struct ChangesPage {
  pb::StreamPosition head;            // in the same snapshot as `messages`
  bool reset = false;                 // see ResumeResponse.reset; then `messages` is empty
  std::vector<pb::Message> messages;  // by change_offset, at most a page's bytes of bodies
  std::int64_t complete_to = 0;       // every change up to here is in `messages`; the head's offset, or less when cut
};

struct LeaseState {
  bool is_new = false;                  // see Attached.lease_is_new
  std::int64_t lease_number = 0;        // for renew_lease()
  std::vector<std::string> left_rooms;  // as in StoredConnection
};

// What became of a lease that was to be renewed.
enum class Renewal { kRenewed, kLapsed };

struct Reaped {
  int gateways = 0;
  std::vector<std::string> left_rooms;
};

// Thread-safe; no call blocks. Requests must be valid (backend/chat/validation.h). Errors: UNAVAILABLE
// (DATABASE_UNAVAILABLE, SHUTTING_DOWN), RESOURCE_EXHAUSTED (OVERLOADED), DEADLINE_EXCEEDED for a request whose limit
// passed before it was begun; send_message also ABORTED (OUTCOME_UNKNOWN); INTERNAL for what should not happen.
class Store {
 public:
  using Heads = std::map<std::string, pb::StreamPosition>;
  using Presences = std::map<std::string, pb::Presence>;

  virtual ~Store() = default;

  // Stores a connection; makes the room and the gateway's lease when they are not there. FAILED_PRECONDITION
  // (CONNECTION_ENDED), see DisconnectRequest.gateway_id.
  virtual void connect(pb::ConnectRequest request, CallLimit limit, Completion<StoredConnection> done) = 0;
  virtual void disconnect(pb::DisconnectRequest request, CallLimit limit, Completion<RemovedConnection> done) = 0;
  // NOT_FOUND (CONNECTION_NOT_FOUND).
  virtual void set_name(pb::SetNameRequest request, CallLimit limit, Completion<pb::Author> done) = 0;
  // Answers after the commit. Completions of one room come in the order of the offsets. ALREADY_EXISTS (NAME_IN_USE)
  // when the author's name is another's in the room; not asked where the request says `name_is_held`.
  virtual void send_message(pb::SendMessageRequest request, CallLimit limit, Completion<StoredMessage> done) = 0;
  virtual void read_history(HistoryQuery query, CallLimit limit, Completion<HistoryPage> done) = 0;
  virtual void resume(ResumeQuery query, CallLimit limit, Completion<ResumePage> done) = 0;
  virtual void read_changes(ChangesQuery query, Completion<ChangesPage> done) = 0;
  // A position for each room asked for; a room that nobody made has offset 0.
  virtual void read_heads(std::vector<std::string> rooms, Completion<Heads> done) = 0;
  // A presence for each room asked for, the empty one for a room without connections.
  virtual void read_presence(std::vector<std::string> rooms, Completion<Presences> done) = 0;
  // A gateway's hello: its lease begins or goes on. It stays new until it is renewed for the first time: only that
  // shows that the answer has reached the gateway.
  virtual void take_lease(std::string gateway_id, Completion<LeaseState> done) = 0;
  // kLapsed when the gateway has no such lease any more.
  virtual void renew_lease(std::string gateway_id, std::int64_t lease_number, Completion<Renewal> done) = 0;
  // Removes some gateways whose lease has lapsed, with their connections; call again while it finds any.
  virtual void reap(Completion<Reaped> done) = 0;
};

}  // namespace parley::backend
