#include "tests/bench/commands.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "absl/strings/str_cat.h"
#include "tests/bench/load.h"
#include "tests/bench/result_json.h"
#include "tests/bench/storm.h"

namespace parley::bench {
namespace {

namespace json = boost::json;

// How late a line is seen, and how late a ping is answered while nothing is asked.
constexpr std::chrono::milliseconds kRest(20);

double number(const json::object& command, std::string_view key, double otherwise) {
  const json::value* value = command.if_contains(key);
  return value == nullptr ? otherwise : value->to_number<double>();
}

std::chrono::milliseconds milliseconds(const json::object& command, std::string_view key, double otherwise) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(number(command, key, otherwise) * 1'000));
}

absl::StatusOr<json::object> execute(const json::object& command, Crowd& crowd) {
  absl::Status settled = crowd.settle();
  if (!settled.ok()) return settled;
  const json::value* what = command.if_contains("do");
  if (what != nullptr && *what == "storm") {
    const absl::StatusOr<StormResult> result = run_storm(
        crowd, {.limit = std::chrono::seconds(static_cast<std::int64_t>(number(command, "limit_seconds", 120)))});
    if (!result.ok()) return result.status();
    return to_json(*result);
  }
  if (what == nullptr || *what != "run") return absl::InvalidArgumentError("there is no such command");
  RunOptions options;
  options.rate = number(command, "rate", 0);
  options.window = static_cast<std::size_t>(number(command, "window", 1));
  options.body_bytes = static_cast<std::size_t>(number(command, "body_bytes", 100));
  options.duration = milliseconds(command, "seconds", 10);
  options.warm_up = milliseconds(command, "warm_up_seconds", 1);
  options.give_up = milliseconds(command, "give_up_seconds", 0);
  const absl::StatusOr<LoadResult> result = run_load(crowd, options);
  if (!result.ok()) return result.status();
  return to_json(*result);
}

absl::StatusOr<json::object> execute(std::string_view line, Crowd& crowd) {
  try {
    return execute(json::parse(line).as_object(), crowd);
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("not a command: ", error.what()));
  }
}

void tell(const json::object& object) { std::cout << json::serialize(object) << std::endl; }

// Whether standard input has more; false at its end. `input` gets it, or nothing when there is none yet.
bool read_input(std::string& input) {
  pollfd file{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (poll(&file, 1, 0) <= 0) return true;
  std::array<char, 4096> buffer;
  const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count <= 0) return false;
  input.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

}  // namespace

absl::Status command_crowd(const CrowdOptions& options, const Protocol& protocol) {
  absl::StatusOr<std::unique_ptr<Crowd>> joined = Crowd::join(options, protocol);
  if (!joined.ok()) return joined.status();
  Crowd& crowd = **joined;
  tell(joining_to_json(crowd));
  std::string input;
  while (read_input(input)) {
    for (std::size_t end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
      const absl::StatusOr<json::object> result = execute(std::string_view(input).substr(0, end), crowd);
      if (!result.ok()) return result.status();
      tell(*result);
      input.erase(0, end + 1);
    }
    crowd.rest(std::chrono::steady_clock::now() + kRest);
  }
  return absl::OkStatus();
}

}  // namespace parley::bench
