// What a listener learns of an event, and how it answers.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace parley::web {

struct Event {
  std::string key;  // KeyboardEvent.key; empty for other events
  bool shift = false;
  bool ctrl = false;
  bool meta = false;
  bool alt = false;
  bool is_composing = false;  // an input method is at work: the key is not the person's
  bool default_prevented = false;

  void prevent_default() { default_prevented = true; }
};

using EventHandler = std::function<void(Event&)>;

// Ends a standing request when it is let go.
class Subscription {
 public:
  virtual ~Subscription() = default;
};
using SubscriptionPtr = std::unique_ptr<Subscription>;

}  // namespace parley::web
