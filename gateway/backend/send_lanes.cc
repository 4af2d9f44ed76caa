#include "gateway/backend/send_lanes.h"

#include <utility>

namespace parley::gateway {

void SendLanes::add(OutgoingMessage message) {
  const std::string author_id = message.request.author().author_id();
  std::deque<OutgoingMessage>& lane = lanes_[author_id];
  lane.push_back(std::move(message));
  if (lane.size() == 1) begin(author_id);
}

void SendLanes::begin(const std::string& author_id) {
  OutgoingMessage& message = lanes_.at(author_id).front();
  call_(std::move(message.request), message.trace, message.deadline,
        [this, author_id](absl::StatusOr<pb::SendMessageResponse> response) {
          std::deque<OutgoingMessage>& lane = lanes_.at(author_id);
          OutgoingMessage& answered = lane.front();
          answered.executor->post([done = std::move(answered.done), response = std::move(response)]() mutable {
            done(std::move(response));
          });
          lane.pop_front();
          if (lane.empty()) {
            lanes_.erase(author_id);
          } else {
            begin(author_id);
          }
        });
}

}  // namespace parley::gateway
