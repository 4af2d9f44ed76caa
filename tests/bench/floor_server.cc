#include "tests/bench/floor_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/bench/frames.h"

namespace parley::bench {
namespace {

constexpr int kEventsMax = 512;
constexpr std::size_t kReadBytes = 64UL * 1024;
// The answer to the one key that the load generator sends (RFC 6455, section 1.3).
constexpr std::string_view kUpgraded =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

class FloorServer {
 public:
  explicit FloorServer(FloorWrites writes)
      : writes_(writes), epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(kReadBytes) {}

  absl::Status run(const std::function<void(std::uint16_t)>& listening) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, name, length) != 0 || listen(listener_, SOMAXCONN) != 0 ||
        getsockname(listener_, name, &length) != 0) {
      return absl::ErrnoToStatus(errno, "listen");
    }
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
    listening(ntohs(address.sin_port));
    for (;;) round();
  }

 private:
  struct Peer;
  struct Room {
    std::vector<Peer*> receivers;
    std::string gathered;  // frames of this round
  };
  struct Peer {
    int socket = -1;
    Room* room = nullptr;  // once upgraded
    std::string input;
    std::string output;         // what the socket did not take
    std::size_t output_at = 0;  // the first byte of it that is still to be written
  };

  void watch(int operation, int socket, std::uint32_t events) const {
    epoll_event event{.events = events, .data = {.fd = socket}};
    epoll_ctl(epoll_, operation, socket, &event);
  }

  void round() {
    std::array<epoll_event, kEventsMax> events;
    const int count = epoll_wait(epoll_, events.data(), kEventsMax, -1);
    for (int index = 0; index < count; ++index) {
      const epoll_event& event = events[static_cast<std::size_t>(index)];
      if (event.data.fd == listener_) {
        accept_all();
        continue;
      }
      Peer& peer = *peers_[static_cast<std::size_t>(event.data.fd)];
      if ((event.events & EPOLLOUT) != 0) flush(peer);
      if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) read(peer);
    }
    for (Room* room : std::exchange(speaking_, {})) {
      broadcast(*room, room->gathered);
      room->gathered.clear();
    }
  }

  void accept_all() {
    for (int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); socket >= 0;
         socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) {
      constexpr int kOn = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);
      const auto index = static_cast<std::size_t>(socket);
      if (peers_.size() <= index) peers_.resize(index + 1);
      peers_[index] = std::make_unique<Peer>();
      peers_[index]->socket = socket;
      watch(EPOLL_CTL_ADD, socket, EPOLLIN);
    }
  }

  void read(Peer& peer) {
    const ssize_t count = recv(peer.socket, buffer_.data(), buffer_.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return end(peer);
    peer.input.append(buffer_.data(), static_cast<std::size_t>(count));
    if (peer.room == nullptr && !upgrade(peer)) return;
    std::string_view input = peer.input;
    Frame frame;
    while (take_frame(input, frame)) {
      // The load generator's mask is zero.
      if (frame.opcode == Opcode::kText) take(*peer.room, server_frame(Opcode::kText, frame.payload));
    }
    peer.input.erase(0, peer.input.size() - input.size());
  }

  // `GET /ROOM HTTP/1.1`, or `/ROOM?speaks`; false as long as the request is not whole.
  bool upgrade(Peer& peer) {
    const std::size_t end_of_head = peer.input.find("\r\n\r\n");
    if (end_of_head == std::string::npos) return false;
    const std::string_view line = std::string_view(peer.input).substr(0, peer.input.find('\r'));
    const std::string_view target = line.substr(line.find('/'), line.rfind(' ') - line.find('/'));
    Room& room = rooms_[std::string(target.substr(0, target.find('?')))];
    if (!target.ends_with("?speaks")) room.receivers.push_back(&peer);
    peer.room = &room;
    peer.input.erase(0, end_of_head + 4);
    write(peer, kUpgraded);
    return true;
  }

  void end(Peer& peer) {
    if (peer.room != nullptr) std::erase(peer.room->receivers, &peer);
    close(peer.socket);
    peers_[static_cast<std::size_t>(peer.socket)].reset();
  }

  void take(Room& room, const std::string& frame) {
    if (writes_ == FloorWrites::kEach) return broadcast(room, frame);
    if (room.gathered.empty()) speaking_.push_back(&room);
    room.gathered += frame;
  }

  void broadcast(Room& room, std::string_view bytes) const {
    for (Peer* peer : room.receivers) write(*peer, bytes);
  }

  void write(Peer& peer, std::string_view bytes) const {
    if (peer.output.empty()) {
      const ssize_t count = send(peer.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
      if (bytes.empty()) return;
      watch(EPOLL_CTL_MOD, peer.socket, EPOLLIN | EPOLLOUT);
    }
    peer.output.append(bytes);
  }

  void flush(Peer& peer) const {
    const ssize_t count =
        send(peer.socket, peer.output.data() + peer.output_at, peer.output.size() - peer.output_at, MSG_NOSIGNAL);
    if (count > 0) peer.output_at += static_cast<std::size_t>(count);
    if (peer.output_at < peer.output.size()) return;
    peer.output.clear();
    peer.output_at = 0;
    watch(EPOLL_CTL_MOD, peer.socket, EPOLLIN);
  }

  const FloorWrites writes_;
  const int epoll_;
  int listener_ = -1;
  std::vector<std::unique_ptr<Peer>> peers_;  // by socket
  std::unordered_map<std::string, Room> rooms_;
  std::vector<Room*> speaking_;  // with something gathered
  std::vector<char> buffer_;
};

}  // namespace

absl::Status run_floor_server(FloorWrites writes, const std::function<void(std::uint16_t)>& listening) {
  return FloorServer(writes).run(listening);
}

}  // namespace parley::bench
