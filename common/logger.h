// Structured logs: one JSON object a line. Values are data: they are escaped, never formatted.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>

#include "common/clock.h"

namespace parley {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

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

// Thread-safe. Never give it chat text, secrets or whole frames.
class Logger {
 public:
  // Writes to standard error. `component` is the program's name; `clock` outlives the logger.
  Logger(std::string_view component, LogLevel least, const Clock& clock);
  // The same into `sink`, which outlives the logger.
  Logger(std::string_view component, LogLevel least, const Clock& clock, std::ostream& sink);
  ~Logger();

  // `event` is a fixed lower-snake name, for example "connection_opened".
  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) const;

 private:
  class Sink;
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const;

  std::string component_;
  LogLevel least_;
  const Clock& clock_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace parley
