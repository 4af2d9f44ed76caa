// The browser's calendar, clock and language.
#pragma once

#include "web/dom/local_time.h"

namespace parley::web {

class BrowserLocalTime final : public LocalTime {
 public:
  BrowserLocalTime();

  std::int64_t now_ms() const override;
  std::int64_t day_number(std::int64_t time_ms) const override;
  std::string clock_text(std::int64_t time_ms) const override;
  std::string day_text(std::int64_t time_ms) const override;
};

}  // namespace parley::web
