#include "tests/faults/grpc_reader.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"

namespace parley::faults {
namespace {

constexpr std::chrono::milliseconds kTick{10};
constexpr int kPageSize = 500;

}  // namespace

// One call. Its reactions, on gRPC's threads, post what comes to the I/O thread, in order.
class GrpcReader::Stream final : public grpc::ClientReadReactor<pb::SubscribeResponse> {
 public:
  static std::shared_ptr<Stream> start(World& world, pb::ChatService::StubInterface& stub,
                                       pb::SubscribeRequest request) {
    auto stream = std::make_shared<Stream>(world, std::move(request));
    stream->self_ = stream;
    stub.async()->Subscribe(&stream->context_, &stream->request_, stream.get());
    stream->StartRead(&stream->item_);
    stream->StartCall();
    return stream;
  }

  Stream(World& world, pb::SubscribeRequest request) : world_(world), request_(std::move(request)) {}

  // On the I/O thread: what has come and was not taken; whether the call has ended.
  std::vector<pb::SubscribeResponse> take() { return std::exchange(items_, {}); }
  bool has_ended() const { return has_ended_; }
  void cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    boost::asio::post(world_.context,
                      [self = self_, item = std::move(item_)]() mutable { self->items_.push_back(std::move(item)); });
    item_ = pb::SubscribeResponse();
    StartRead(&item_);
  }

  void OnDone(const grpc::Status& /*status*/) override {
    boost::asio::post(world_.context, [self = std::move(self_)] { self->has_ended_ = true; });
  }

 private:
  World& world_;
  const pb::SubscribeRequest request_;
  grpc::ClientContext context_;
  pb::SubscribeResponse item_;
  std::shared_ptr<Stream> self_;  // while the call runs
  std::vector<pb::SubscribeResponse> items_;
  bool has_ended_ = false;
};

GrpcReader::GrpcReader(World& world, std::string name, const std::vector<std::string>& rooms, Backends& backends)
    : world_(world), name_(std::move(name)), backends_(backends) {
  for (const std::string& room : rooms) views_.emplace_back(world, name_, room);
}

GrpcReader::~GrpcReader() = default;

Task<void> GrpcReader::run() {
  Pauses pauses(world_);
  while (!is_ended_) {
    stream_ = Stream::start(world_, backends_.any(world_), request());
    bool has_ended = false;
    while (!has_ended) {
      has_ended = stream_->has_ended();
      const std::vector<pb::SubscribeResponse> items = stream_->take();
      for (const pb::SubscribeResponse& item : items) take(item);
      if (!items.empty()) pauses.reset();
      co_await fill();
      if (!has_ended) co_await pause(kTick);
    }
    if (!is_ended_) co_await pause(pauses.next());
  }
}

pb::SubscribeRequest GrpcReader::request() const {
  pb::SubscribeRequest request;
  for (const RoomView& view : views_) {
    pb::RoomPosition& room = *request.add_rooms();
    room.set_room(view.room());
    if (view.position()) *room.mutable_position() = *view.position();
  }
  return request;
}

void GrpcReader::take(const pb::SubscribeResponse& item) {
  const std::string& room = item.has_joined() ? item.joined().room() : item.event().room();
  const auto found =
      std::find_if(views_.begin(), views_.end(), [&](const RoomView& view) { return view.room() == room; });
  if (found == views_.end()) {
    world_.history.add_violation(absl::StrCat(name_, ": an item of a foreign room ", room));
  } else if (item.has_joined()) {
    found->take_joined(item.joined());
  } else {
    found->take_event(item.event());
  }
}

Task<void> GrpcReader::fill() {
  for (RoomView& view : views_) {
    while (!view.fills().empty() && !is_ended_) {
      pb::GetMessagesRequest page;
      page.set_room(view.room());
      page.set_page_size(kPageSize);
      page.set_page_token(view.fills().front().token);
      const absl::StatusOr<pb::GetMessagesResponse> response =
          co_await get_messages(world_, backends_, std::move(page));
      if (!response.ok()) {
        co_await pause(10 * kTick);
        break;
      }
      view.take_page(*response);
    }
  }
}

void GrpcReader::end() {
  is_ended_ = true;
  if (stream_ != nullptr) stream_->cancel();
}

std::optional<std::int64_t> GrpcReader::position(const std::string& room) const {
  for (const RoomView& view : views_) {
    if (view.room() != room) continue;
    return view.position() && view.fills().empty() ? view.position()->offset() : -1;
  }
  return std::nullopt;
}

}  // namespace parley::faults
