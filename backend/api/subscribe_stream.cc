#include "backend/api/subscribe_stream.h"

#include <optional>
#include <utility>

#include "backend/chat/validation.h"
#include "common/errors.h"

namespace parley::backend {

grpc::ServerWriteReactor<pb::SubscribeResponse>* SubscribeStream::start(StreamEnvironment& environment,
                                                                        const absl::StatusOr<CallCaller>& caller,
                                                                        Hub& hub, std::size_t events_max,
                                                                        const pb::SubscribeRequest& request) {
  const auto stream = std::make_shared<SubscribeStream>(environment, hub);
  if (!stream->open(stream, caller)) return stream.get();
  if (absl::Status checked = check(request); !checked.ok()) {
    stream->end(std::move(checked));
    return stream.get();
  }
  const std::weak_ptr<SubscribeStream> weak = stream;
  const auto subscription = std::make_shared<Subscription>(
      events_max, OverflowPolicy::kEnd,
      [weak] {
        if (const auto held = weak.lock()) held->pump();
      },
      &stream->notes().metrics.overflows);
  {
    const std::scoped_lock lock(stream->mutex());
    stream->subscription_ = subscription;
  }
  for (const pb::RoomPosition& room : request.rooms()) {
    std::optional<pb::StreamPosition> position;
    if (room.has_position()) position = room.position();
    hub.join(subscription, room.room(), position);
  }
  return stream.get();
}

bool SubscribeStream::next(pb::SubscribeResponse& response) {
  if (subscription_ == nullptr) return false;
  const std::optional<StreamItem> item = subscription_->pop();
  if (!item.has_value()) {
    if (subscription_->is_overflowed()) {
      final_ = make_error(absl::StatusCode::kResourceExhausted, "SLOW_CONSUMER",
                          "the reader fell behind: call again with the last positions");
    }
    return false;
  }
  if (const auto* event = std::get_if<SharedEvent>(&*item)) {
    *response.mutable_event() = **event;
  } else {
    *response.mutable_joined() = *std::get<std::shared_ptr<const pb::RoomJoined>>(*item);
  }
  return true;
}

void SubscribeStream::closed() {
  if (subscription_ != nullptr) hub_.unsubscribe(subscription_);
}

}  // namespace parley::backend
