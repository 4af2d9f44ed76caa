// Every fault once, quickly and without load: the system is whole again within the fault's limit.
#include "tests/faults/rig.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/faults/fault.h"
#include "tests/support/temporary_folder.h"

namespace parley::faults {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using std::chrono::milliseconds;

constexpr std::size_t kDiskBytes = 256ULL * 1'048'576;
constexpr std::uint64_t kSeed = 1;
using Step = std::function<absl::Status()>;

constexpr milliseconds kHold{300};
constexpr milliseconds kFeltWithin{15'000};
constexpr milliseconds kAnswerLimit{1'000};
constexpr milliseconds kDeadlineLimit{12'000};

using WebSocket = beast::websocket::stream<asio::ip::tcp::socket>;

// Frames come whole, and one at a time.
bool has_input(WebSocket& socket, milliseconds limit) {
  pollfd waiting{.fd = socket.next_layer().native_handle(), .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, static_cast<int>(limit.count())) > 0;
}

class RigTest : public testing::Test {
 protected:
  RigTest() {
    options.folder = folder->path();
    options.backend_program = BACKEND_PROGRAM;
    options.gateway_program = GATEWAY_PROGRAM;
    options.long_hold = kHold;
  }
  ~RigTest() override {
    rig.reset();
    if (HasFailure()) {
      folder->keep();
      std::cerr << "the logs are in " << options.folder << '\n';
    }
  }

  // Where nobody may mount, the database goes without a disk of its own. What is a matter of packages has to be there.
  void start() {
    absl::StatusOr<std::unique_ptr<Rig>> started = Rig::start(options);
    if (absl::IsUnimplemented(started.status()) && options.database_disk_bytes > 0) {
      std::cerr << "again, without a disk of its own: " << started.status().message() << '\n';
      options.database_disk_bytes = 0;
      options.folder = folder.emplace().path();
      started = Rig::start(options);
    }
    ASSERT_TRUE(started.ok()) << started.status()
                              << (absl::IsUnimplemented(started.status()) ? "; ./dev install test installs it" : "");
    rig = *std::move(started);
  }

  // Whether a message that is sent through this gateway comes back.
  bool can_send(std::size_t gateway, const std::string& text) {
    asio::io_context context;
    WebSocket socket(context);
    beast::error_code error;
    socket.next_layer().connect({asio::ip::address_v4::loopback(), rig->gateway_port(gateway)}, error);
    if (error) return false;
    socket.handshake("localhost", "/ws?room=rig", error);
    if (error) return false;
    socket.write(asio::buffer(R"({"action":"send_message","message":")" + text + R"(","time":"1"})"), error);
    while (!error && has_input(socket, kAnswerLimit)) {
      beast::flat_buffer buffer;
      socket.read(buffer, error);
      if (beast::buffers_to_string(buffer.data()).find(text) != std::string::npos) return true;
    }
    return false;
  }

  // A command's deadline passes: its answer is an error. `meanwhile` runs while the command is under way.
  bool is_answered_though_the_backend_is_frozen(const Step& meanwhile) {
    asio::io_context context;
    WebSocket socket(context);
    beast::error_code error;
    socket.next_layer().connect({asio::ip::address_v4::loopback(), rig->gateway_port(0)}, error);
    socket.set_option(beast::websocket::stream_base::decorator([](beast::websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol, "chat.v1.json");
    }));
    if (!error) socket.handshake("localhost", "/ws?room=rig", error);
    beast::flat_buffer welcome;
    if (!error) socket.read(welcome, error);
    rig->backend_gate(0, 0).freeze();
    const std::string command = R"({"action":"send_message","request_id":"m","room":"rig","body":"hello"})";
    if (!error) socket.write(asio::buffer(command), error);
    EXPECT_TRUE(meanwhile().ok());
    beast::flat_buffer answer;
    if (!error && has_input(socket, kDeadlineLimit)) socket.read(answer, error);
    rig->backend_gate(0, 0).heal();
    return beast::buffers_to_string(answer.data()).find(R"("retryable":true)") != std::string::npos;
  }

  // Returns when the gateway's clock is seen to be an hour ahead.
  void end_backend_and_set_gateway_ahead() {
    ASSERT_TRUE(rig->set_gateway_clock(0, std::chrono::hours(1)).ok());
    const SteadyTime end = std::chrono::steady_clock::now() + kFeltWithin;
    ASSERT_TRUE(rig->backend(0).end(SIGKILL, kFeltWithin).ok());
    // Its log tells the time of its vain attempts.
    while (last_log_time(rig->gateway(0)) < absl::Now() + absl::Minutes(30)) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::sleep_for(kHold);
    }
  }

  static absl::Time last_log_time(const ServerProcess& process) {
    std::ifstream log(process.log_file());
    std::string last;
    for (std::string line; std::getline(log, line);) last = line;
    constexpr std::string_view kBefore = R"({"time":")";
    absl::Time time = absl::InfinitePast();
    std::string problem;
    const std::string text = last.substr(std::min(last.size(), kBefore.size()));
    absl::ParseTime(absl::RFC3339_full, text.substr(0, text.find('"')), &time, &problem);
    return time;
  }

  // Everything runs and both gateways carry messages; the time from `since` until then.
  milliseconds whole_after(SteadyTime since, milliseconds limit, const std::string& fault) {
    const SteadyTime end = since + limit;
    EXPECT_TRUE(rig->wait_until_ready(limit).ok()) << fault << ": " << rig->wait_until_ready(milliseconds(0));
    int count = 0;
    for (std::size_t gateway = 0; gateway < rig->gateways(); ++gateway) {
      bool sent = false;
      do {
        sent = can_send(gateway, fault + std::to_string(++count));
      } while (!sent && std::chrono::steady_clock::now() < end);
      EXPECT_TRUE(sent) << fault << ": gateway " << gateway << " carries no messages";
    }
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - since);
  }

  // PARLEY_FAULT names the only one, for the work on it.
  void strike_with_each(bool (*is_wanted)(const Fault&, const RigOptions&)) {
    std::mt19937_64 random(kSeed);
    const char* const only = std::getenv("PARLEY_FAULT");
    for (const Fault& fault : all_faults()) {
      if (!is_wanted(fault, options) || (only != nullptr && fault.name != only)) continue;
      const std::string name(fault.name);
      const SteadyTime began = std::chrono::steady_clock::now();
      const absl::StatusOr<Strike> strike = fault.strike(*rig, random);
      ASSERT_TRUE(strike.ok()) << name << ": " << strike.status();
      const milliseconds whole = whole_after(strike->healed, fault.live_limit, name);
      const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
      std::cout << name << ": whole after " << whole.count() << " ms, " << took.count() << " ms in all\n";
      ASSERT_FALSE(HasFailure()) << name;
    }
  }

  std::optional<test::TemporaryFolder> folder{std::in_place};
  RigOptions options;
  std::unique_ptr<Rig> rig;
};

TEST_F(RigTest, IsWholeAgainAfterEveryFault) {
  options.database_disk_bytes = kDiskBytes;
  options.has_false_clocks = true;
  ASSERT_NO_FATAL_FAILURE(start());
  strike_with_each(can_strike);
}

TEST_F(RigTest, IsWholeAgainAfterEveryFaultOfTheBroker) {
  options.backend_program = CHAOS_BACKEND_PROGRAM;
  options.has_chaos_broker = true;
  options.broker = BrokerKind::kNats;
  ASSERT_NO_FATAL_FAILURE(start());
  strike_with_each(
      [](const Fault& fault, const RigOptions& /*options*/) { return fault.needs_nats || fault.needs_chaos_broker; });
}

// What is done reaches those whom it is meant for.
TEST_F(RigTest, WhatHurtsTheDatabaseIsFelt) {
  options.database_disk_bytes = kDiskBytes;
  ASSERT_NO_FATAL_FAILURE(start());
  struct Harm {
    std::string name;
    Step hurt;
    Step heal;
  };
  std::vector<Harm> harms{
      {"paused", [this] { return rig->pause_database(); }, [this] { return rig->resume_database(); }},
      {"read-only", [this] { return rig->set_read_only(true); }, [this] { return rig->set_read_only(false); }},
      {"unreachable",
       [this] {
         rig->database_gate(0).partition();
         return absl::OkStatus();
       },
       [this] {
         rig->database_gate(0).heal();
         return absl::OkStatus();
       }}};
  if (options.database_disk_bytes > 0) {
    harms.push_back({"full", [this] { return rig->fill_disk(); }, [this] { return rig->free_disk(); }});
  }
  for (const Harm& harm : harms) {
    ASSERT_TRUE(harm.hurt().ok()) << harm.name;
    const SteadyTime end = std::chrono::steady_clock::now() + kFeltWithin;
    while (rig->wait_until_ready(milliseconds(0)).ok() && std::chrono::steady_clock::now() < end) {
    }
    EXPECT_FALSE(rig->wait_until_ready(milliseconds(0)).ok()) << harm.name;
    ASSERT_TRUE(harm.heal().ok()) << harm.name;
    EXPECT_TRUE(rig->wait_until_ready(kFeltWithin).ok()) << harm.name << ": " << rig->wait_until_ready(milliseconds(0));
  }
}

TEST_F(RigTest, AFalseClockIsAnHourOffInItsOwnProcessOnly) {
  options.has_false_clocks = true;
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(rig->set_backend_clock(0, std::chrono::hours(-1)).ok());
  // Its log tells the time when its sessions end.
  const SteadyTime end = std::chrono::steady_clock::now() + kFeltWithin;
  double step = 0;
  // Not finite: the last line was just being written.
  while ((step > -3'000 || !std::isfinite(step)) && std::chrono::steady_clock::now() < end) {
    rig->end_sessions("chat-backend%").IgnoreError();
    step = absl::ToDoubleSeconds(last_log_time(rig->backend(0)) - last_log_time(rig->backend(1)));
  }
  EXPECT_NEAR(step, -3'600, 60);
}

// What waits for the time of day then waits an hour too long: gRPC's timers, without which no connection is made again.
TEST_F(RigTest, AGatewayFindsItsBackendAgainAfterItsClockWasSetBack) {
  options.has_false_clocks = true;
  options.backends = 1;
  options.gateways = 1;
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_NO_FATAL_FAILURE(end_backend_and_set_gateway_ahead());
  ASSERT_TRUE(rig->set_gateway_clock(0, std::chrono::hours(0)).ok());
  ASSERT_TRUE(rig->backend(0).launch().ok());
  EXPECT_TRUE(rig->wait_until_ready(kFeltWithin).ok()) << rig->wait_until_ready(milliseconds(0));
  EXPECT_TRUE(is_answered_though_the_backend_is_frozen([] { return absl::OkStatus(); }));
}

TEST_F(RigTest, ACallEndsAtItsDeadlineThoughTheClockIsSetBackMeanwhile) {
  options.has_false_clocks = true;
  options.backends = 1;
  options.gateways = 1;
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_NO_FATAL_FAILURE(end_backend_and_set_gateway_ahead());
  ASSERT_TRUE(rig->backend(0).launch().ok());
  ASSERT_TRUE(rig->wait_until_ready(kFeltWithin).ok());
  EXPECT_TRUE(is_answered_though_the_backend_is_frozen([this] {
    std::this_thread::sleep_for(kHold);  // for the call to begin by the false clock; nothing else shows it
    return rig->set_gateway_clock(0, std::chrono::hours(0));
  }));
}

TEST_F(RigTest, RefusesOptionsThatMakeNoRig) {
  options.backend_program = "/no/such/program";
  EXPECT_EQ(Rig::start(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.backend_program = BACKEND_PROGRAM;
  options.gateways = 0;
  EXPECT_EQ(Rig::start(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RigTest, TellsWhyABackendDoesNotStart) {
  options.backend_arguments = {"--no_such_option=1"};
  const absl::Status status = Rig::start(options).status();
  EXPECT_NE(status.message().find("no_such_option"), std::string::npos) << status;
}

}  // namespace
}  // namespace parley::faults
