// Others' messages that came while nobody read the end of the list.
#pragma once

#include <cstddef>

namespace parley::web {

class Unread {
 public:
  std::size_t count() const { return count_; }
  bool reading_end() const { return reading_end_; }
  // Both answer whether the count has changed.
  bool came(std::size_t messages) {
    if (reading_end_ || messages == 0) return false;
    count_ += messages;
    return true;
  }
  bool set_reading_end(bool reading) {
    reading_end_ = reading;
    if (!reading || count_ == 0) return false;
    count_ = 0;
    return true;
  }

 private:
  std::size_t count_ = 0;
  bool reading_end_ = false;
};

}  // namespace parley::web
