// Connections of which nothing whole has come yet: when there is no place left, the oldest of them makes way.
#pragma once

#include <deque>
#include <memory>
#include <utility>

namespace parley::gateway {

class Newcomer {
 public:
  virtual ~Newcomer() = default;
  // It has not sent its first request yet.
  virtual bool is_new() const = 0;
  // Ends it, and gives back its place at once.
  virtual void make_way() = 0;
};

// Of one I/O thread, on that thread. Whoever opens silent connections by the thousand only drives out his own oldest
// ones, and anybody who speaks soon gets in.
class Newcomers {
 public:
  void add(std::weak_ptr<Newcomer> newcomer) {
    forget();
    waiting_.push_back(std::move(newcomer));
  }
  // False where there is none.
  bool dismiss_oldest() {
    forget();
    if (waiting_.empty()) return false;
    if (const std::shared_ptr<Newcomer> oldest = waiting_.front().lock()) oldest->make_way();
    waiting_.pop_front();
    return true;
  }

 private:
  // Those that are new no more, from the front on: nobody is new for longer than a handshake may take, so that the
  // queue holds no more than came within that time.
  void forget() {
    while (!waiting_.empty()) {
      const std::shared_ptr<Newcomer> oldest = waiting_.front().lock();
      if (oldest != nullptr && oldest->is_new()) return;
      waiting_.pop_front();
    }
  }

  std::deque<std::weak_ptr<Newcomer>> waiting_;
};

}  // namespace parley::gateway
