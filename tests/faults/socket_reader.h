// A reader over a WebSocket that resumes by position: `chat.v1.json` or `chat.v1.proto`.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/faults/client.h"
#include "tests/faults/codec.h"
#include "tests/faults/room_view.h"

namespace parley::faults {

struct ReaderOptions {
  std::string name;
  std::vector<std::string> rooms;
  // Between two reads: a reader that is too slow for what comes. 0: none.
  std::chrono::milliseconds dawdle{0};
};

class SocketReader final : public Client {
 public:
  SocketReader(World& world, ReaderOptions options, Format format);

  const std::string& name() const override { return options_.name; }
  Task<void> run() override;
  void end() override;
  std::optional<std::int64_t> position(const std::string& room) const override;

  // Pauses reading, or goes on.
  void set_dawdle(std::chrono::milliseconds dawdle) { dawdle_ = dawdle; }

 private:
  enum class Question { kSubscribe, kPage };
  struct Asked {
    RoomView* view = nullptr;
    Question question{};
  };

  Task<void> use(WebSocket& socket);
  Task<absl::Status> subscribe(WebSocket& socket, RoomView& view);
  Task<absl::Status> ask_for_page(WebSocket& socket, RoomView& view);
  Task<absl::Status> take(WebSocket& socket, pb::ServerFrame frame);
  Task<absl::Status> take_reply(WebSocket& socket, pb::Reply reply);
  Task<absl::Status> write(WebSocket& socket, pb::ClientFrame frame, Asked asked);
  RoomView* find(const std::string& room);

  World& world_;
  const ReaderOptions options_;
  const std::unique_ptr<Codec> codec_;
  std::deque<RoomView> views_;
  std::map<std::string, Asked> asked_;  // by request_id, of the socket that is open
  int requests_ = 0;
  std::chrono::milliseconds dawdle_;
  WebSocket* socket_ = nullptr;
  bool is_ended_ = false;
};

}  // namespace parley::faults
