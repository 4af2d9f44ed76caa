// A backend in memory behind real gRPC, for tests of the gateway: rooms, messages, streams, and switches for faults.
#pragma once

#include <grpcpp/server.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "chat/v1/chat_service.grpc.pb.h"
#include "chat/v1/gateway_service.grpc.pb.h"

namespace parley::test {

namespace pb = chat::v1;

class FakeBackend;

// What several fake backends share, as real ones share a database.
class FakeStore {
 public:
  struct Room {
    std::vector<pb::Message> messages;
  };

  // Held while a change is stored and told, so that streams see changes in order. Taken before all others.
  std::mutex order;
  std::set<FakeBackend*> backends;  // under `order`

  std::mutex mutex;
  std::string epoch = "epoch-1";
  std::map<std::string, Room> rooms;
  std::map<std::string, pb::ConnectRequest> connections;  // by connection_id
  std::map<std::string, std::string> leases;              // gateway_id -> how it came
};

// Thread-safe. Listens on a port of its own on loopback.
class FakeBackend {
 public:
  explicit FakeBackend(std::shared_ptr<FakeStore> store = std::make_shared<FakeStore>());
  ~FakeBackend();

  std::string address() const;
  FakeStore& store() { return *store_; }

  // Stores a message and sends its event to every attached gateway that joined the room.
  pb::Message post(const std::string& room, const std::string& body, const std::string& client_time = "");
  // Stores it, but tells nobody: as if the event were still under way.
  pb::Message post_silently(const std::string& room, const std::string& body);
  // Stores messages and tells all of them in one response of each stream.
  void post_together(const std::string& room, const std::vector<std::string>& bodies);
  // Tells it to the streams of this and all other backends of the store.
  void tell(const std::string& room, const pb::Message& message);
  void send_presence(const std::string& room, const std::vector<std::string>& names);
  // Begins the room anew on every stream.
  void reset_room(const std::string& room);

  std::size_t connection_count();
  bool has_joined(const std::string& room);
  std::size_t attach_count() const { return attaches_; }
  std::size_t heartbeat_count() const { return heartbeats_; }
  std::size_t send_stream_count() const { return send_streams_; }
  // Ends all streams with UNAVAILABLE.
  void drop_streams();
  // What its health service answers; serving from the start.
  void set_serving(bool is_serving);
  // Stops serving at once; the port stays closed.
  void kill();

  // Called before the answer of every unary call, and of every message on a SendMessages stream, with the call's name
  // (SendMessage for a message); it may block. Not OK: the answer.
  void set_interceptor(std::function<grpc::Status(const std::string& method)> interceptor);
  std::chrono::milliseconds lease{15'000};
  std::atomic<bool> answers_heartbeats = true;
  std::atomic<bool> answers_joins = true;
  std::atomic<bool> knows_send_stream = true;  // false: as a backend before SendMessages
  std::size_t resume_changes_max = 1'000;

 private:
  class ChatServiceImpl;
  class GatewayServiceImpl;
  class Stream;

  void tell_all(const std::string& room, const pb::Message& message);
  void send_to_joined(const std::string& room, const pb::AttachResponse& response);
  std::int64_t message_count(const std::string& room);
  grpc::Status intercept(const std::string& method);
  pb::Message store_message(const std::string& room, const std::string& body, const std::string& client_time,
                            const pb::Author& author, const std::string& request_id);

  const std::shared_ptr<FakeStore> store_;
  std::mutex mutex_;
  std::function<grpc::Status(const std::string&)> interceptor_;
  std::set<Stream*> streams_;
  std::atomic<std::size_t> attaches_ = 0;
  std::atomic<std::size_t> heartbeats_ = 0;
  std::atomic<std::size_t> send_streams_ = 0;
  std::unique_ptr<ChatServiceImpl> chat_;
  std::unique_ptr<GatewayServiceImpl> gateway_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace parley::test
