// The configuration: one table of every key, its type, default, range and meaning, for both servers and chat-publish.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace parley {

enum class Program { kBackend, kGateway, kBoth, kPublish };
enum class SettingType { kText, kInteger };

struct Setting {
  Program program;
  std::string_view key;  // lower snake, with its unit: `lease_ms`
  SettingType type;
  std::string_view fallback;
  std::int64_t least;  // of an integer
  std::int64_t most;
  std::string_view meaning;
};

// The table, sorted by program, then as a reader would want it.
std::span<const Setting> settings();

// One program's values. Immutable, hence thread-safe.
class Config {
 public:
  using Environment = std::map<std::string, std::string, std::less<>>;

  // Reads `--key=value` and `--key value`, then PARLEY_KEY, then the defaults. INVALID_ARGUMENT, in words that say
  // what to do, for an unknown key, a value out of its range, or a text that is not a number.
  static absl::StatusOr<Config> load(Program program, std::span<const std::string> arguments,
                                     const Environment& environment);

  // The key must be in the table, of that type, and of this program: anything else is a programming error and aborts.
  std::int64_t integer(std::string_view key) const;
  std::chrono::milliseconds milliseconds(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  // A text split at its commas, without empty parts.
  std::vector<std::string> list(std::string_view key) const;

 private:
  const std::string& value(std::string_view key, SettingType type) const;

  std::map<std::string, std::string, std::less<>> values_;
};

// The table as text for `--help`.
std::string settings_help(Program program);

// This process's environment.
Config::Environment process_environment();

}  // namespace parley
