#include "tests/bench/client_fleet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::bench {
namespace {

constexpr std::size_t kReadBytes = 256UL * 1024;
// What is read between two looks at the schedule.
constexpr int kEventsMax = 32;
// Below the number of local ports that one address has.
constexpr std::uint32_t kClientsOfAnAddress = 20'000;

absl::Status failed(std::string_view what) {
  return absl::ErrnoToStatus(errno, absl::string_view(what.data(), what.size()));
}

sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
  address.sin_port = htons(port);
  return address;
}

const sockaddr* as_sockaddr(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

}  // namespace

ClientFleet::ClientFleet(std::uint16_t port, const Protocol& protocol, FleetListener& listener)
    : port_(port),
      protocol_(protocol),
      listener_(listener),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kReadBytes) {}

ClientFleet::~ClientFleet() {
  for (const Client& client : clients_) {
    if (client.socket >= 0) close(client.socket);
  }
  close(epoll_);
}

absl::Status ClientFleet::connect(const std::vector<ClientPlan>& plans, std::size_t at_once,
                                  std::chrono::seconds limit) {
  const TimePoint end = std::chrono::steady_clock::now() + limit;
  clients_.reserve(plans.size());
  for (TimePoint now = std::chrono::steady_clock::now(); ready_ < plans.size();
       now = std::chrono::steady_clock::now()) {
    if (!problem_.ok()) return problem_;
    if (lost_ > 0) return absl::UnavailableError("a connection ended while others were made");
    if (now >= end)
      return absl::DeadlineExceededError(absl::StrCat(ready_, " of ", plans.size(), " clients are ready"));
    while (clients_.size() < plans.size() && clients_.size() - ready_ < at_once) {
      const std::size_t number = clients_.size();
      clients_.emplace_back().plan = plans[number];
      absl::Status opened = open(static_cast<std::uint32_t>(number));
      if (!opened.ok()) return opened;
    }
    poll(now + std::chrono::milliseconds(100));
  }
  return problem_;
}

absl::Status ClientFleet::connect_again(std::uint32_t client) { return open(client); }

absl::Status ClientFleet::open(std::uint32_t number) {
  Client& client = clients_[number];
  client.phase = Phase::kConnecting;
  client.input.clear();
  client.began = std::chrono::steady_clock::now();
  client.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client.socket < 0) return failed("socket");
  constexpr int kOn = 1;
  setsockopt(client.socket, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);
  setsockopt(client.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &kOn, sizeof kOn);
  const sockaddr_in from = loopback(number / kClientsOfAnAddress, 0);
  if (bind(client.socket, as_sockaddr(from), sizeof from) != 0) return failed("bind");
  const sockaddr_in to = loopback(0, port_);
  if (::connect(client.socket, as_sockaddr(to), sizeof to) != 0 && errno != EINPROGRESS) return failed("connect");
  client.wants_to_write = true;
  epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u32 = number}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket, &event) != 0) return failed("epoll_ctl");
  const std::string subprotocol = protocol_.subprotocol();
  client.output =
      absl::StrCat("GET ", protocol_.target(client.plan), " HTTP/1.1\r\nHost: 127.0.0.1:", port_,
                   "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                   subprotocol.empty() ? "" : absl::StrCat("Sec-WebSocket-Protocol: ", subprotocol, "\r\n"), "\r\n");
  return absl::OkStatus();
}

void ClientFleet::say(std::uint32_t client, const std::string& room, std::uint32_t number, const std::string& body) {
  send(client, client_frame(protocol_.opcode(), protocol_.say(room, client, number, body)));
}

void ClientFleet::poll(TimePoint until) {
  std::array<epoll_event, kEventsMax> events;
  const auto left = std::max<std::chrono::nanoseconds>(until - std::chrono::steady_clock::now(), {});
  const timespec timeout{.tv_sec = left.count() / 1'000'000'000, .tv_nsec = left.count() % 1'000'000'000};
  const int count = epoll_pwait2(epoll_, events.data(), kEventsMax, &timeout, nullptr);
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    const std::uint32_t number = event.data.u32;
    if ((event.events & EPOLLOUT) != 0 && clients_[number].phase != Phase::kEnded) write(number);
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && clients_[number].phase != Phase::kEnded) read(number);
  }
}

// The beginning of a frame that an earlier read left is put before what comes now, so that every frame is looked at in
// the one buffer and nothing else is copied.
void ClientFleet::read(std::uint32_t number) {
  Client& client = clients_[number];
  const std::size_t kept = client.input.size();
  if (buffer_.size() < kept + kReadBytes) buffer_.resize(kept + kReadBytes);
  const ssize_t count = recv(client.socket, buffer_.data() + kept, kReadBytes, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return end(number);
  const TimePoint now = std::chrono::steady_clock::now();
  std::memcpy(buffer_.data(), client.input.data(), kept);
  std::string_view input(buffer_.data(), kept + static_cast<std::size_t>(count));
  take(number, input, now);
  client.input.assign(input);
}

void ClientFleet::take(std::uint32_t number, std::string_view& input, TimePoint now) {
  if (clients_[number].phase < Phase::kGreeting && !take_upgrade(number, input, now)) return;
  Frame frame;
  while (clients_[number].phase != Phase::kEnded && take_frame(input, frame)) {
    if (!frame.is_final || frame.is_masked) {
      return fail(number, absl::UnimplementedError("the server sent a fragment, or a masked frame"));
    }
    switch (frame.opcode) {
      case Opcode::kText:
      case Opcode::kBinary: take_payload(number, frame.payload, now); break;
      case Opcode::kPing: send(number, client_frame(Opcode::kPong, frame.payload)); break;
      case Opcode::kClose: end(number); break;
      default: break;
    }
  }
}

// False as long as the answer is not whole.
bool ClientFleet::take_upgrade(std::uint32_t number, std::string_view& input, TimePoint now) {
  const std::size_t end_of_head = input.find("\r\n\r\n");
  if (end_of_head == std::string_view::npos) return false;
  Client& client = clients_[number];
  if (!input.starts_with("HTTP/1.1 101")) {
    const std::string_view body = input.substr(end_of_head + 4, 300);
    fail(number, absl::UnavailableError(absl::StrCat("refused: ", std::string(input.substr(0, input.find('\r'))), " ",
                                                     std::string(body))));
    return true;
  }
  input.remove_prefix(end_of_head + 4);
  handshakes_.record(now - client.began);
  greet(number);
  return true;
}

void ClientFleet::greet(std::uint32_t number) {
  Client& client = clients_[number];
  client.phase = Phase::kGreeting;
  for (const std::string& text : protocol_.greet(client.plan, number)) {
    send(number, client_frame(protocol_.opcode(), text));
  }
  if (protocol_.is_ready_at_once(client.plan.role)) become_ready(number);
}

void ClientFleet::greet_again(std::uint32_t client) {
  if (clients_[client].phase != Phase::kReady) return;
  --ready_;
  greet(client);
}

void ClientFleet::take_payload(std::uint32_t number, std::string_view payload, TimePoint now) {
  if (clients_[number].phase == Phase::kReady) {
    std::size_t rest = 0;
    const std::optional<Stamp> stamp = stamps_.next(payload, rest);
    if (stamp) return listener_.stamped(number, *stamp, payload, rest, now);
  }
  hear(number, payload);
}

void ClientFleet::hear(std::uint32_t number, std::string_view payload) {
  Client& client = clients_[number];
  const Heard heard = protocol_.hear(payload, client.plan, number);
  for (const std::string& text : heard.say) send(number, client_frame(protocol_.opcode(), text));
  switch (heard.kind) {
    case Heard::Kind::kReady: return become_ready(number);
    case Heard::Kind::kResync: return listener_.resynced(number);
    case Heard::Kind::kRefusal:
      if (client.phase == Phase::kReady) return listener_.refused(number);
      return fail(number, absl::UnavailableError(std::string(payload.substr(0, 300))));
    default: return;
  }
}

void ClientFleet::become_ready(std::uint32_t number) {
  Client& client = clients_[number];
  if (client.phase != Phase::kGreeting) return;
  client.phase = Phase::kReady;
  ++ready_;
  listener_.became_ready(number);
}

void ClientFleet::send(std::uint32_t number, std::string_view bytes) {
  Client& client = clients_[number];
  if (client.phase == Phase::kEnded) return;
  const bool idle = client.output.empty();
  client.output.append(bytes);
  if (idle) write(number);
}

void ClientFleet::write(std::uint32_t number) {
  Client& client = clients_[number];
  if (client.phase == Phase::kConnecting) client.phase = Phase::kUpgrading;
  const ssize_t count = ::send(client.socket, client.output.data(), client.output.size(), MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return end(number);
  if (count > 0) client.output.erase(0, static_cast<std::size_t>(count));
  watch(number, !client.output.empty());
}

void ClientFleet::watch(std::uint32_t number, bool writes) {
  Client& client = clients_[number];
  if (client.wants_to_write == writes) return;
  client.wants_to_write = writes;
  epoll_event event{.events = EPOLLIN | (writes ? std::uint32_t{EPOLLOUT} : 0U), .data = {.u32 = number}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, client.socket, &event);
}

void ClientFleet::fail(std::uint32_t number, absl::Status problem) {
  if (endings_ == Endings::kTold)
    last_refusal_ = std::string(problem.message());
  else if (problem_.ok())
    problem_ = std::move(problem);
  end(number);
}

void ClientFleet::end(std::uint32_t number) {
  Client& client = clients_[number];
  if (client.phase == Phase::kEnded) return;
  const bool was_ready = client.phase == Phase::kReady;
  drop(client);
  if (endings_ == Endings::kTold) return listener_.ended(number);
  ++lost_;
  if (!was_ready && problem_.ok()) {
    problem_ = absl::UnavailableError(absl::StrCat("the connection of client ", number, " ended before it was ready"));
  }
}

void ClientFleet::cut(std::uint32_t client) {
  if (clients_[client].phase == Phase::kEnded) return;
  constexpr linger kReset{.l_onoff = 1, .l_linger = 0};
  setsockopt(clients_[client].socket, SOL_SOCKET, SO_LINGER, &kReset, sizeof kReset);
  drop(clients_[client]);
}

void ClientFleet::drop(Client& client) {
  if (client.phase == Phase::kReady) --ready_;
  client.phase = Phase::kEnded;
  close(client.socket);
  client.socket = -1;
}

}  // namespace parley::bench
