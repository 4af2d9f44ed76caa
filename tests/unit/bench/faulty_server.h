// A server of the plain protocol that does wrong on demand, so that the load generator can be seen to notice.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace parley::bench {

// Serves one room on a thread of its own, from its making to its end.
class FaultyServer {
 public:
  // What receiver number `receiver` (in the order of their joining) is sent for message number `message`, both from 0
  // on; `frame` is what it should get. Called on the server's thread, for all receivers of one message in turn.
  using Answer = std::function<std::string(std::size_t message, std::size_t receiver, const std::string& frame)>;
  enum class Writes { kWhole, kInPieces };

  explicit FaultyServer(Answer answer, Writes writes = Writes::kWhole);
  ~FaultyServer();
  FaultyServer(const FaultyServer&) = delete;
  FaultyServer& operator=(const FaultyServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  struct Peer {
    int socket = -1;
    bool is_upgraded = false;
    std::string input;
  };

  void serve();
  void read(Peer& peer);
  void write(int socket, std::string_view bytes) const;

  const Answer answer_;
  const Writes writes_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::vector<Peer> peers_;
  std::vector<int> receivers_;
  std::size_t messages_ = 0;
  std::thread thread_;
};

}  // namespace parley::bench
