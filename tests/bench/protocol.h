// The languages of the servers under load: how to join a room, how to say something in it, and what comes back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/frames.h"

namespace parley::bench {

// What a payload from the server means.
struct Heard {
  enum class Kind {
    kDelivery,  // messages of the room, with their stamps
    kAnswer,    // to one's own message, with its stamp: it is taken
    kRefusal,   // of one's own message, or of joining
    kReady,     // this client is in the room, and hears what is said from now on
    kResync,    // messages were left out for this receiver, and it is told so
    kOther,
  };
  Kind kind = Kind::kOther;
  std::vector<std::string> say;  // in answer
};

// A receiver hears its room. A sender speaks in it and, where the server can tell the two apart, hears only the
// answers.
enum class Role { kSender, kReceiver };

struct ClientPlan {
  Role role = Role::kReceiver;
  std::string room;
};

// Texts are payloads of data frames. `client` is a number of its own for each client of a run. One object serves all
// clients, on one thread; it keeps no state of them.
class Protocol {
 public:
  virtual ~Protocol() = default;
  virtual Opcode opcode() const = 0;
  virtual std::string subprotocol() const { return {}; }
  // The target of the upgrade request.
  virtual std::string target(const ClientPlan& plan) const = 0;
  // To say once the upgrade is answered.
  virtual std::vector<std::string> greet(const ClientPlan&, std::uint32_t /*client*/) const { return {}; }
  // Whether a client is ready once the upgrade is answered, and not by something that it hears.
  virtual bool is_ready_at_once(Role role) const = 0;
  // Until the client is ready; then for each payload without a stamp.
  virtual Heard hear(std::string_view /*payload*/, const ClientPlan&, std::uint32_t /*client*/) const { return {}; }
  // Of a payload with a stamp that came to a sender: kDelivery or kAnswer. What comes to a receiver is a delivery.
  virtual Heard::Kind kind_of_stamped(std::string_view /*payload*/) const { return Heard::Kind::kDelivery; }
  // `client` and `number` together name the message.
  virtual std::string say(const std::string& room, std::uint32_t client, std::uint32_t number,
                          const std::string& body) const = 0;
  // Whether each message is answered.
  virtual bool answers() const { return false; }
  // Whether all receivers of a room see the messages of all its senders in the same order.
  virtual bool orders_rooms() const { return false; }
};

// chat.v1.proto, chat.v1.json, tutorial; plain (a bare broadcast server: each text goes to the receivers of the room,
// which the path names); socket.io, nats and xmpp (the languages of those servers). Null for another.
std::unique_ptr<Protocol> make_protocol(std::string_view name);

}  // namespace parley::bench
