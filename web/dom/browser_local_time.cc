#include "web/dom/browser_local_time.h"

#include <emscripten/emscripten.h>

// Times cross as doubles: milliseconds are exact below 2^53. Formatters are made when they are needed first, and kept:
// each takes as long to make as many rows.
// clang-format off
EM_JS(void, parley_time_start, (), {
  const formatter = (parts) => {
    let made;
    return (time) => (made = made || new Intl.DateTimeFormat(undefined, parts)).format(time);
  };
  Module.parleyClock = formatter({ hour: 'numeric', minute: '2-digit' });
  Module.parleyDay = formatter({ weekday: 'long', day: 'numeric', month: 'long' });
  Module.parleyDate = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
})

EM_JS(double, parley_time_now, (), {
  return Date.now();
})

EM_JS(double, parley_time_day_number, (double time_ms), {
  return Math.floor((time_ms - new Date(time_ms).getTimezoneOffset() * 60000) / 86400000);
})

EM_JS(void, parley_time_text, (double time_ms, int whole_day, void* text), {
  const time = new Date(time_ms);
  const formatter = !whole_day ? Module.parleyClock :
      time.getFullYear() === new Date().getFullYear() ? Module.parleyDay : Module.parleyDate;
  const bytes = new TextEncoder().encode(formatter(time));
  const room = _parley_dom_text(text, bytes.length);
  HEAPU8.set(bytes, room);
})
// clang-format on

namespace parley::web {
namespace {

// What a Date can hold (ECMA-262, 21.4.1.1): a formatter throws beyond it.
constexpr double kTimeMsMost = 8.64e15;

double bounded(std::int64_t time_ms) {
  const auto time = static_cast<double>(time_ms);
  return time > kTimeMsMost ? kTimeMsMost : time < -kTimeMsMost ? -kTimeMsMost : time;
}

std::string text_of(std::int64_t time_ms, int whole_day) {
  std::string text;
  parley_time_text(bounded(time_ms), whole_day, &text);
  return text;
}

}  // namespace

BrowserLocalTime::BrowserLocalTime() { parley_time_start(); }

void BrowserLocalTime::prepare() { clock_text(0); }

std::int64_t BrowserLocalTime::now_ms() const { return static_cast<std::int64_t>(parley_time_now()); }

std::int64_t BrowserLocalTime::day_number(std::int64_t time_ms) const {
  return static_cast<std::int64_t>(parley_time_day_number(bounded(time_ms)));
}

std::string BrowserLocalTime::clock_text(std::int64_t time_ms) const { return text_of(time_ms, 0); }

std::string BrowserLocalTime::day_text(std::int64_t time_ms) const { return text_of(time_ms, 1); }

}  // namespace parley::web
