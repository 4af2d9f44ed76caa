// Structured logs: one JSON object a line. Values are data: they are escaped, never formatted.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/clock.h"

namespace parley {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// `debug`, `info`, `warning`, `error`.
std::string_view log_level_name(LogLevel level);
// Nothing for any other text.
std::optional<LogLevel> find_log_level(std::string_view name);

struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  LogField(std::string_view field_key, std::string_view text) : key(field_key), value(text) {}
  LogField(std::string_view field_key, const std::string& text) : key(field_key), value(std::string_view(text)) {}
  LogField(std::string_view field_key, const char* text) : key(field_key), value(std::string_view(text)) {}
  LogField(std::string_view field_key, bool truth) : key(field_key), value(truth) {}
  LogField(std::string_view field_key, double number) : key(field_key), value(number) {}
  template <std::integral Integer>
  LogField(std::string_view field_key, Integer number) : key(field_key), value(static_cast<std::int64_t>(number)) {}
};

// One component's log. Thread-safe. Never give it chat text, secrets or whole frames.
class Logger {
 public:
  // Writes to standard error. `component` is the program's name; `clock` outlives the logger.
  Logger(std::string_view component, LogLevel least, const Clock& clock);
  // The same into `sink`, which outlives the logger.
  Logger(std::string_view component, LogLevel least, const Clock& clock, std::ostream& sink);
  // The log of a part of `whole`: its component is named `whole.part`, begins with the level of the whole, and has a
  // level of its own from then on. Parts of one name are one component.
  Logger(const Logger& whole, std::string_view part);
  ~Logger();

  // `event` is a fixed lower-snake name, for example "connection_opened".
  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void write(LogLevel level, std::string_view event, std::span<const LogField> fields) const;
  // Whether a line of that level would be written: for lines that cost something to make.
  bool writes(LogLevel level) const { return level >= component_->least.load(std::memory_order_relaxed); }

  // The components of this program, sorted by name, each with its least level.
  std::vector<std::pair<std::string, LogLevel>> levels() const;
  // From now on, for a component and the parts of it. False when there is no such component.
  bool set_level(std::string_view component, LogLevel least) const;

 private:
  struct Component {
    std::string name;
    std::atomic<LogLevel> least;
  };
  class Log;

  const std::shared_ptr<Log> log_;  // of the program
  const Component* component_;      // of the log
};

}  // namespace parley
