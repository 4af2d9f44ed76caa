// Many WebSocket clients on one thread and one epoll(7) instance.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tests/bench/latency_histogram.h"
#include "tests/bench/protocol.h"
#include "tests/bench/stamp.h"

namespace parley::bench {

// What arrives at clients that are ready. The views live during the call.
class FleetListener {
 public:
  virtual ~FleetListener() = default;
  // A payload with at least one stamp, the first of which is `first`; `rest` is behind it. It came with a read at
  // `now`.
  virtual void stamped(std::uint32_t client, const Stamp& first, std::string_view payload, std::size_t rest,
                       TimePoint now) = 0;
  virtual void refused(std::uint32_t client) = 0;
  virtual void resynced(std::uint32_t client) = 0;
  virtual void became_ready(std::uint32_t /*client*/) {}
  // With Endings::kTold: the client is without a connection from now on.
  virtual void ended(std::uint32_t /*client*/) {}
};

// What the end of a connection is, or a refusal: a problem of the fleet, or what the listener waits for.
enum class Endings { kProblem, kTold };

// On one thread.
class ClientFleet {
 public:
  // 127.0.0.1:`port`. `protocol` and `listener` outlive the fleet.
  ClientFleet(std::uint16_t port, const Protocol& protocol, FleetListener& listener);
  ~ClientFleet();
  ClientFleet(const ClientFleet&) = delete;
  ClientFleet& operator=(const ClientFleet&) = delete;

  // Connects them all, `at_once` at a time, until each is ready. DEADLINE_EXCEEDED; UNAVAILABLE when one is refused.
  absl::Status connect(const std::vector<ClientPlan>& plans, std::size_t at_once, std::chrono::seconds limit);
  // Writes the message of a client that is ready (`number`: one that this client has not used before), or queues it,
  // without limit, when the socket takes no more: the server is late then, and not the schedule.
  void say(std::uint32_t client, const std::string& room, std::uint32_t number, const std::string& body);
  // Joins once more over the same connection, as a client that was told that it missed messages. It is not ready until
  // it is answered.
  void greet_again(std::uint32_t client);
  // Ends the connection without a word, as a network does that goes away; nobody is told.
  void cut(std::uint32_t client);
  // Connects a client that has no connection.
  absl::Status connect_again(std::uint32_t client);
  // kProblem at first.
  void set_endings(Endings endings) { endings_ = endings; }
  // Reads and writes what is possible on a few dozen sockets, and waits for it until `until` at most.
  void poll(TimePoint until);

  std::size_t ready() const { return ready_; }
  std::size_t lost() const { return lost_; }  // connections that ended by themselves and should not have
  // The first thing that a server did which no run can stand; OK as long as there is none.
  const absl::Status& problem() const { return problem_; }
  // With Endings::kTold: what the last one that was refused was told; empty as long as there is none.
  const std::string& last_refusal() const { return last_refusal_; }
  // From connect(2) to the answer of the upgrade.
  const LatencyHistogram& handshakes() const { return handshakes_; }
  void forget_handshakes() { handshakes_ = {}; }
  StampReader& stamps() { return stamps_; }

 private:
  enum class Phase : std::uint8_t { kConnecting, kUpgrading, kGreeting, kReady, kEnded };
  struct Client {
    ClientPlan plan;
    int socket = -1;
    Phase phase = Phase::kConnecting;
    bool wants_to_write = false;
    TimePoint began;
    std::string input;  // the beginning of a frame
    std::string output;
  };

  absl::Status open(std::uint32_t number);
  void greet(std::uint32_t number);
  void read(std::uint32_t number);
  void take(std::uint32_t number, std::string_view& input, TimePoint now);
  bool take_upgrade(std::uint32_t number, std::string_view& input, TimePoint now);
  void take_payload(std::uint32_t number, std::string_view payload, TimePoint now);
  void hear(std::uint32_t number, std::string_view payload);
  void become_ready(std::uint32_t number);
  void send(std::uint32_t number, std::string_view bytes);
  void write(std::uint32_t number);
  void watch(std::uint32_t number, bool writes);
  void fail(std::uint32_t number, absl::Status problem);
  void end(std::uint32_t number);
  void drop(Client& client);

  const std::uint16_t port_;
  const Protocol& protocol_;
  FleetListener& listener_;
  const int epoll_;
  std::vector<Client> clients_;
  std::size_t ready_ = 0;
  std::size_t lost_ = 0;
  Endings endings_ = Endings::kProblem;
  absl::Status problem_;
  std::string last_refusal_;
  LatencyHistogram handshakes_;
  StampReader stamps_;
  std::vector<char> buffer_;
};

}  // namespace parley::bench
