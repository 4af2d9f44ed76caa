#include "tests/unit/bench/faulty_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/bench/frames.h"

namespace parley::bench {

FaultyServer::FaultyServer(Answer answer, Writes writes)
    : answer_(std::move(answer)), writes_(writes), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, name, length) == 0 && listen(listener_, SOMAXCONN) == 0 &&
      getsockname(listener_, name, &length) == 0) {
    port_ = ntohs(address.sin_port);
  }
  thread_ = std::thread([this] { serve(); });
}

FaultyServer::~FaultyServer() {
  is_ending_ = true;
  thread_.join();
  for (const Peer& peer : peers_) close(peer.socket);
  close(listener_);
}

void FaultyServer::serve() {
  constexpr int kPatienceMs = 10;
  while (!is_ending_) {
    std::vector<pollfd> waiting{{.fd = listener_, .events = POLLIN, .revents = 0}};
    for (const Peer& peer : peers_) waiting.push_back({.fd = peer.socket, .events = POLLIN, .revents = 0});
    if (poll(waiting.data(), waiting.size(), kPatienceMs) <= 0) continue;
    for (std::size_t index = 1; index < waiting.size(); ++index) {
      if (waiting[index].revents != 0) read(peers_[index - 1]);
    }
    std::erase_if(peers_, [](const Peer& peer) { return peer.socket < 0; });
    if (waiting[0].revents == 0) continue;
    Peer peer;
    peer.socket = accept(listener_, nullptr, nullptr);
    constexpr int kOn = 1;
    setsockopt(peer.socket, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);
    peers_.push_back(std::move(peer));
  }
}

void FaultyServer::read(Peer& peer) {
  std::array<char, 4096> bytes;
  const ssize_t count = recv(peer.socket, bytes.data(), bytes.size(), 0);
  if (count <= 0) {
    std::erase(receivers_, peer.socket);
    close(std::exchange(peer.socket, -1));
    return;
  }
  peer.input.append(bytes.data(), static_cast<std::size_t>(count));
  if (!peer.is_upgraded) {
    const std::size_t end = peer.input.find("\r\n\r\n");
    if (end == std::string::npos) return;
    if (peer.input.find("?speaks ") == std::string::npos) receivers_.push_back(peer.socket);
    peer.is_upgraded = true;
    peer.input.erase(0, end + 4);
    write(peer.socket, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
  }
  std::string_view input = peer.input;
  Frame frame;
  while (take_frame(input, frame)) {
    const std::string right = server_frame(Opcode::kText, frame.payload);
    for (std::size_t index = 0; index < receivers_.size(); ++index) {
      write(receivers_[index], answer_(messages_, index, right));
    }
    ++messages_;
  }
  peer.input.erase(0, peer.input.size() - input.size());
}

void FaultyServer::write(int socket, std::string_view bytes) const {
  constexpr std::size_t kPieceBytes = 7;
  const std::size_t most = writes_ == Writes::kWhole ? bytes.size() : kPieceBytes;
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(most, rest.size()))) {
    send(socket, rest.data(), std::min(most, rest.size()), MSG_NOSIGNAL);
  }
}

}  // namespace parley::bench
