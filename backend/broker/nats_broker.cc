#include "backend/broker/nats_broker.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "backend/broker/hint_codec.h"

namespace parley::backend {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPauseLeast{50};
constexpr milliseconds kPauseMost{2'000};
constexpr milliseconds kReceiveWait{100};
// Between two times that the listener is told of dropped payloads.
constexpr milliseconds kDroppedTellInterval{100};
constexpr std::chrono::seconds kUnreachableTellInterval{30};

}  // namespace

NatsBroker::NatsBroker(NatsBrokerOptions options, RandomSource& random, const Logger& logger)
    : options_(std::move(options)),
      sender_(make_id(random)),
      random_(random),
      logger_(logger),
      queue_(options_.hints_waiting_max, options_.hints_waiting_max) {}

NatsBroker::~NatsBroker() { stop(); }

void NatsBroker::start(Listener listener) {
  listener_ = std::move(listener);
  receiving_thread_ = std::thread([this] {
    receive();
    release_nats_thread_memory();
  });
  sending_thread_ = std::thread([this] {
    send();
    release_nats_thread_memory();
  });
}

void NatsBroker::publish(Hint hint) {
  bool was_empty = false;
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    was_empty = queue_.empty();
    queue_.add(std::move(hint));
  }
  if (was_empty) changed_.notify_all();
}

void NatsBroker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (sending_thread_.joinable()) sending_thread_.join();
  if (receiving_thread_.joinable()) receiving_thread_.join();
}

bool NatsBroker::pause(milliseconds duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, duration, [this] { return stopping_.load(); });
}

// Between a half and the whole of it, so that the backends of a lost server do not come back in step.
milliseconds NatsBroker::jittered(milliseconds duration) {
  const auto half = static_cast<std::uint64_t>(duration.count()) / 2;
  return duration - milliseconds(random_below(random_, half + 1));
}

void NatsBroker::receive() {
  milliseconds wait = kPauseLeast;
  do {
    const Connection connection = connect();
    if (connection == nullptr) {
      wait = std::min(2 * wait, kPauseMost);
      continue;
    }
    wait = kPauseLeast;
    receive_until_lost(connection);
    forget(connection);
    connection->close();
    if (!stopping_) logger_.warning("broker_connection_lost");
  } while (pause(jittered(wait)));
}

// To the first that answers, beginning with any.
NatsBroker::Connection NatsBroker::connect() {
  const std::size_t count = options_.servers.size();
  const std::size_t first = random_below(random_, count);
  absl::Status reason;
  for (std::size_t tried = 0; tried < count && !stopping_; ++tried) {
    const NatsServer& server = options_.servers[(first + tried) % count];
    absl::StatusOr<Connection> connection = NatsConnection::open(server, options_);
    if (connection.ok()) {
      logger_.info("broker_connected", {{"server", server.address}});
      unreachable_told_.reset();
      return *std::move(connection);
    }
    reason = connection.status();
  }
  if (!stopping_) tell_unreachable(reason);
  return nullptr;
}

void NatsBroker::tell_unreachable(const absl::Status& reason) {
  const TimePoint now = steady_clock::now();
  if (unreachable_told_.has_value() && now - *unreachable_told_ < kUnreachableTellInterval) return;
  unreachable_told_ = now;
  logger_.warning("broker_unreachable",
                  {{"servers", options_.servers.size()}, {"reason", std::string(reason.message())}});
}

void NatsBroker::receive_until_lost(const Connection& connection) {
  {
    const std::scoped_lock lock(mutex_);
    connection_ = connection;
  }
  changed_.notify_all();
  listener_.on_reconnected();
  TimePoint tell_at = steady_clock::now() + options_.settle_time;
  std::int64_t dropped_told = 0;
  std::string payload;
  while (!stopping_) {
    const auto received = connection->receive(kReceiveWait, payload);
    if (received == NatsConnection::Received::kLost) return;
    if (received == NatsConnection::Received::kPayload) take_payload(payload);
    const TimePoint now = steady_clock::now();
    const std::int64_t dropped = connection->dropped_count();
    if (dropped != dropped_told) tell_at = std::min<TimePoint>(tell_at, now + kDroppedTellInterval);
    if (now < tell_at) continue;
    tell_at = TimePoint::max();
    if (dropped != dropped_told) logger_.warning("broker_too_slow", {{"payloads_dropped", dropped - dropped_told}});
    dropped_told = dropped;
    listener_.on_reconnected();
  }
}

void NatsBroker::take_payload(const std::string& payload) {
  DecodedHints decoded = decode_hints(payload, sender_);
  for (Hint& hint : decoded.hints) listener_.on_hint(std::move(hint));
}

void NatsBroker::send() {
  std::vector<std::string> batch;  // until a server has confirmed it
  while (const Connection connection = wait_to_send(!batch.empty())) {
    if (batch.empty()) batch = take_batch();
    if (connection->send(batch)) {
      batch.clear();
      continue;
    }
    // A server that confirms nothing is as good as lost: the receiving thread looks for another one.
    forget(connection);
    connection->close();
  }
}

NatsBroker::Connection NatsBroker::wait_to_send(bool has_batch) {
  std::unique_lock lock(mutex_);
  const auto is_waiting = [&] { return has_batch || !queue_.empty(); };
  changed_.wait(lock, [&] { return stopping_ || (connection_ != nullptr && is_waiting()); });
  return is_waiting() ? connection_ : nullptr;
}

std::vector<std::string> NatsBroker::take_batch() {
  const std::scoped_lock lock(mutex_);
  return pack_hints(sender_, queue_.take());
}

void NatsBroker::forget(const Connection& connection) {
  const std::scoped_lock lock(mutex_);
  if (connection_ == connection) connection_.reset();
}

}  // namespace parley::backend
