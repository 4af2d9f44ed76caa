#include "tests/support/chaos_gate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/support/peer.h"

namespace parley::faults {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How long nothing happens before that counts as never.
constexpr int kNothingMs = 150;
constexpr std::size_t kMebibyte = 1'048'576;

// Bytes that tell when one of them is lost, doubled or out of place.
std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t index = 0; index < size; ++index) bytes[index] = static_cast<char>((index * 31) ^ (index >> 8));
  return bytes;
}

class ChaosGateTest : public testing::Test {
 protected:
  ChaosGateTest() : gate(ChaosGate::open("127.0.0.1:" + std::to_string(listener.port())).value()) {}

  struct Pair {
    Peer client;
    Peer server;
  };

  Pair connect() {
    Peer client = Peer::connect(gate->port());
    return {std::move(client), listener.accept()};
  }

  bool has_no_connection_soon() const {
    const auto end = Clock::now() + milliseconds(5'000);
    while (gate->connections() > 0 && Clock::now() < end) std::this_thread::yield();
    return gate->connections() == 0;
  }

  Listener listener;
  std::unique_ptr<ChaosGate> gate;
};

TEST_F(ChaosGateTest, RelaysBothWays) {
  auto [client, server] = connect();
  ASSERT_TRUE(client.send("question"));
  EXPECT_EQ(server.receive(8), "question");
  ASSERT_TRUE(server.send("answer"));
  EXPECT_EQ(client.receive(6), "answer");
  EXPECT_EQ(gate->connections(), 1U);
}

TEST_F(ChaosGateTest, RelaysAHalfClose) {
  auto [client, server] = connect();
  ASSERT_TRUE(client.send("all"));
  client.end_sending();
  EXPECT_EQ(server.receive(3), "all");
  EXPECT_EQ(server.ending(), Ending::kOrderly);
  ASSERT_TRUE(server.send("still here"));
  EXPECT_EQ(client.receive(10), "still here");
  server.close();
  EXPECT_EQ(client.ending(), Ending::kOrderly);
  EXPECT_TRUE(has_no_connection_soon());
}

TEST_F(ChaosGateTest, RelaysAReset) {
  auto [client, server] = connect();
  client.reset();
  EXPECT_EQ(server.ending(), Ending::kReset);
  EXPECT_TRUE(has_no_connection_soon());
}

TEST_F(ChaosGateTest, CarriesManyBytesIntactBothWaysAtOnce) {
  auto pair = connect();
  const std::string up = pattern(20 * kMebibyte);
  const std::string down = pattern(15 * kMebibyte);
  std::thread client_sends([&] { EXPECT_TRUE(pair.client.send(up)); });
  std::thread server_sends([&] { EXPECT_TRUE(pair.server.send(down)); });
  std::string at_client;
  std::thread client_receives([&] { at_client = pair.client.receive(down.size()); });
  EXPECT_TRUE(pair.server.receive(up.size()) == up);
  client_receives.join();
  EXPECT_TRUE(at_client == down);
  client_sends.join();
  server_sends.join();
}

TEST_F(ChaosGateTest, AReceiverThatTakesNothingStopsItsSender) {
  auto [client, server] = connect();
  std::size_t taken = 0;
  for (std::size_t more = 1; more > 0; taken += more) {
    // What goes on to the next buffer meanwhile makes room again; in the end there is none.
    std::this_thread::sleep_for(milliseconds(kNothingMs));
    more = client.send_without_blocking(64 * kMebibyte);
    ASSERT_LT(more, 16 * kMebibyte);
  }
  EXPECT_LT(taken, 32 * kMebibyte);
  std::size_t arrived = 0;
  while (arrived < taken) {
    const std::size_t received = server.receive(kMebibyte, 1'000).size();
    if (received == 0) break;
    arrived += received;
  }
  EXPECT_EQ(arrived, taken);
}

TEST_F(ChaosGateTest, CutResetsBothSidesAndNewConnectionsAreRelayed) {
  auto [client, server] = connect();
  gate->cut();
  EXPECT_EQ(gate->connections(), 0U);
  EXPECT_EQ(client.ending(), Ending::kReset);
  EXPECT_EQ(server.ending(), Ending::kReset);
  auto next = connect();
  ASSERT_TRUE(next.client.send("next"));
  EXPECT_EQ(next.server.receive(4), "next");
}

TEST_F(ChaosGateTest, FreezeHoldsBytesAndHealDeliversThemInOrder) {
  auto [client, server] = connect();
  ASSERT_TRUE(client.send("one "));
  EXPECT_EQ(server.receive(4), "one ");
  gate->freeze();
  ASSERT_TRUE(client.send("two "));
  ASSERT_TRUE(server.send("down"));
  EXPECT_EQ(server.receive(1, kNothingMs), "");
  EXPECT_EQ(client.receive(1, kNothingMs), "");
  ASSERT_TRUE(client.send("three"));
  client.end_sending();
  gate->heal();
  EXPECT_EQ(server.receive(9), "two three");
  EXPECT_EQ(server.ending(), Ending::kOrderly);
  EXPECT_EQ(client.receive(4), "down");
}

TEST_F(ChaosGateTest, AFrozenGateAcceptsConnectionsThatHang) {
  gate->freeze();
  Peer client = Peer::connect(gate->port());
  ASSERT_TRUE(client.is_open());
  ASSERT_TRUE(client.send("early"));
  EXPECT_FALSE(listener.has_waiting(kNothingMs));
  gate->heal();
  EXPECT_EQ(listener.accept().receive(5), "early");
}

TEST_F(ChaosGateTest, PartitionRefusesConnectionsUntilHealListensOnTheSamePort) {
  auto [client, server] = connect();
  const std::uint16_t port = gate->port();
  for (int round = 0; round < 3; ++round) {
    gate->partition();
    EXPECT_FALSE(Peer::connect(port).is_open());
    ASSERT_TRUE(client.send("held"));
    EXPECT_EQ(server.receive(1, kNothingMs), "");
    gate->heal();
    EXPECT_EQ(server.receive(4), "held");
    EXPECT_EQ(gate->port(), port);
    auto next = connect();
    ASSERT_TRUE(next.client.send("next"));
    EXPECT_EQ(next.server.receive(4), "next");
  }
}

TEST_F(ChaosGateTest, SlowLimitsTheRateUntilHeal) {
  constexpr std::size_t kRate = 100'000;
  constexpr std::size_t kBytes = 100'000;
  auto pair = connect();
  gate->slow(kRate);
  const std::string bytes = pattern(2 * kMebibyte);
  std::thread sends([&] { EXPECT_TRUE(pair.client.send(bytes)); });
  const auto began = Clock::now();
  std::string received = pair.server.receive(kBytes);
  const auto took = Clock::now() - began;
  EXPECT_GT(took, milliseconds(700));
  EXPECT_LT(took, milliseconds(5'000));
  gate->heal();
  const auto healed = Clock::now();
  received += pair.server.receive(bytes.size() - kBytes);
  EXPECT_LT(Clock::now() - healed, milliseconds(5'000));
  EXPECT_TRUE(received == bytes);
  sends.join();
}

TEST_F(ChaosGateTest, SlowHoldsEachConnectionForItself) {
  auto first = connect();
  auto second = connect();
  gate->slow(10'000);
  ASSERT_TRUE(first.client.send(std::string(100'000, 'x')));
  ASSERT_TRUE(second.client.send("small"));
  EXPECT_EQ(second.server.receive(5, 1'000), "small");
}

TEST_F(ChaosGateTest, CloseAfterEndsInMidStream) {
  auto [client, server] = connect();
  gate->close_after(7);
  ASSERT_TRUE(server.send("four"));
  EXPECT_EQ(client.receive(4), "four");
  ASSERT_TRUE(server.send("and a lot more"));
  EXPECT_EQ(client.receive(100), "and");
  EXPECT_EQ(client.ending(), Ending::kOrderly);
  EXPECT_EQ(server.ending(), Ending::kReset);
  auto next = connect();
  ASSERT_TRUE(next.server.send("unharmed"));
  EXPECT_EQ(next.client.receive(8), "unharmed");
}

TEST_F(ChaosGateTest, HealForgetsCloseAfter) {
  auto [client, server] = connect();
  gate->close_after(2);
  gate->heal();
  ASSERT_TRUE(server.send("whole"));
  EXPECT_EQ(client.receive(5), "whole");
}

TEST_F(ChaosGateTest, ConnectionsToATargetThatIsNotThereAreReset) {
  gate->set_target("127.0.0.1:1");
  Peer client = Peer::connect(gate->port());
  ASSERT_TRUE(client.is_open());
  EXPECT_EQ(client.ending(), Ending::kReset);
  Listener other;
  gate->set_target("127.0.0.1:" + std::to_string(other.port()));
  Peer next = Peer::connect(gate->port());
  ASSERT_TRUE(next.send("other"));
  EXPECT_EQ(other.accept().receive(5), "other");
}

TEST_F(ChaosGateTest, CarriesThousandsOfConnections) {
  constexpr std::size_t kConnections = 2'000;
  std::vector<Pair> pairs;
  for (std::size_t index = 0; index < kConnections; ++index) {
    pairs.push_back(connect());
    ASSERT_TRUE(pairs.back().client.is_open());
    ASSERT_TRUE(pairs.back().server.is_open());
  }
  EXPECT_EQ(gate->connections(), kConnections);
  for (std::size_t index = 0; index < kConnections; ++index) {
    ASSERT_TRUE(pairs[index].server.send(std::to_string(10'000 + index)));
  }
  for (std::size_t index = 0; index < kConnections; ++index) {
    ASSERT_EQ(pairs[index].client.receive(5), std::to_string(10'000 + index));
  }
  gate->cut();
  for (Pair& pair : pairs) ASSERT_EQ(pair.client.ending(), Ending::kReset);
}

TEST(ChaosGateTargetTest, ATargetIsAnAddressAndAPort) {
  for (const char* target : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "localhost:80", ":80"}) {
    EXPECT_EQ(ChaosGate::open(target).status().code(), absl::StatusCode::kInvalidArgument) << target;
  }
  EXPECT_TRUE(ChaosGate::open("/path/of/a/socket").ok());
}

TEST(ChaosGateEndTest, GoesWithConnectionsThatAreFrozenOrSlow) {
  Listener listener;
  auto gate = ChaosGate::open("127.0.0.1:" + std::to_string(listener.port())).value();
  Peer client = Peer::connect(gate->port());
  Peer server = listener.accept();
  gate->slow(10);
  ASSERT_TRUE(client.send("some bytes that take a while"));
  EXPECT_EQ(server.receive(1), "s");
  gate->freeze();
  Peer waiting = Peer::connect(gate->port());
  gate.reset();
  EXPECT_NE(client.ending(), Ending::kNone);
  EXPECT_NE(waiting.ending(), Ending::kNone);
}

}  // namespace
}  // namespace parley::faults
