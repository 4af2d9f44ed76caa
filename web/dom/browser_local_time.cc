#include "web/dom/browser_local_time.h"

#include <emscripten/emscripten.h>

// Times cross as doubles: milliseconds are exact below 2^53. A formatter takes as long to make as some rows: that of
// the clock is there from the beginning (web/head_start.js), the others are made when they are needed first.
// clang-format off
EM_JS(void, parley_time_start, (), {
  const parts = { weekday: 'long', day: 'numeric', month: 'long' };
  let day;
  let date;
  Module.dayText = (time) => {
    if (time.getFullYear() === new Date().getFullYear()) {
      day = day || new Intl.DateTimeFormat(undefined, parts);
      return day.format(time);
    }
    date = date || new Intl.DateTimeFormat(undefined, Object.assign({ year: 'numeric' }, parts));
    return date.format(time);
  };
})

EM_JS(double, parley_time_now, (), {
  return Date.now();
})

EM_JS(double, parley_time_day_number, (double time_ms), {
  return Math.floor((time_ms - new Date(time_ms).getTimezoneOffset() * 60000) / 86400000);
})

EM_JS(void, parley_time_text, (double time_ms, int whole_day, void* text), {
  const time = new Date(time_ms);
  const bytes = new TextEncoder().encode(whole_day ? Module.dayText(time) : headStart.clock.format(time));
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

std::int64_t BrowserLocalTime::now_ms() const { return static_cast<std::int64_t>(parley_time_now()); }

std::int64_t BrowserLocalTime::day_number(std::int64_t time_ms) const {
  return static_cast<std::int64_t>(parley_time_day_number(bounded(time_ms)));
}

std::string BrowserLocalTime::clock_text(std::int64_t time_ms) const { return text_of(time_ms, 0); }

std::string BrowserLocalTime::day_text(std::int64_t time_ms) const { return text_of(time_ms, 1); }

}  // namespace parley::web
