// Time as the person's own calendar, clock and language show it.
#pragma once

#include <cstdint>
#include <string>

namespace parley::web {

class LocalTime {
 public:
  virtual ~LocalTime() = default;
  // Unix time.
  virtual std::int64_t now_ms() const = 0;
  // Counts days of the local calendar: two times are on one day exactly when their numbers are equal, and the number
  // of the next day is one larger.
  virtual std::int64_t day_number(std::int64_t time_ms) const = 0;
  // Hours and minutes, for example 14:05.
  virtual std::string clock_text(std::int64_t time_ms) const = 0;
  // The day in words, for example Monday, 3 March 2025.
  virtual std::string day_text(std::int64_t time_ms) const = 0;
};

}  // namespace parley::web
