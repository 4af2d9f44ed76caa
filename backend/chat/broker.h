// Hints between backends. Implemented in backend/broker.
#pragma once

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "chat/v1/event.pb.h"
#include "chat/v1/stream_position.pb.h"

namespace parley::backend {

namespace pb = chat::v1;

enum class HintKind {
  kChange,    // a room has a new change
  kPresence,  // a room's connections have changed
};

// Something happened in a room. May come late, twice, in any order, or never.
struct Hint {
  HintKind kind = HintKind::kChange;
  std::string room;
  pb::StreamPosition position;             // of the change
  std::shared_ptr<const pb::Event> event;  // the change itself, where it is small enough to travel along; or null
};

// Thread-safe.
class Broker {
 public:
  // Called on the broker's own thread; must not block.
  struct Listener {
    absl::AnyInvocable<void(Hint)> on_hint;
    // Hints may have been lost before this.
    absl::AnyInvocable<void()> on_reconnected;
  };

  virtual ~Broker() = default;

  // Begins to deliver the hints of other processes. Call once.
  virtual void start(Listener listener) = 0;
  // Tells the other processes. Never blocks; what cannot be sent is dropped.
  virtual void publish(Hint hint) = 0;
  // No listener call after this returns. Hints already published are sent where that is quickly possible.
  virtual void stop() = 0;
};

}  // namespace parley::backend
