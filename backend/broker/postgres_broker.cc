#include "backend/broker/postgres_broker.h"

#include <algorithm>
#include <utility>

#include <pqxx/nontransaction>
#include <pqxx/notification>

#include "backend/broker/hint_codec.h"
#include "backend/postgres/array_literal.h"
#include "backend/postgres/database_error.h"
#include "backend/postgres/session.h"

namespace parley::backend {
namespace {

constexpr const char* kChannel = "parley_hints";
constexpr const char* kNotify = "SELECT pg_notify('parley_hints', payload) FROM unnest($1::text[]) AS payload";
// Hints need not survive a crash of the database: their transactions do not wait for the disk.
constexpr const char* kHurry = "SET synchronous_commit TO off";
constexpr std::chrono::milliseconds kPauseLeast{50};
constexpr std::chrono::milliseconds kPauseMost{2'000};
constexpr long kWaitMicroseconds = 100'000;

class Receiver final : public pqxx::notification_receiver {
 public:
  Receiver(pqxx::connection& connection, absl::AnyInvocable<void(const std::string&)> on_payload)
      : notification_receiver(connection, kChannel), on_payload_(std::move(on_payload)) {}
  void operator()(const std::string& payload, int /*backend_pid*/) override { on_payload_(payload); }

 private:
  absl::AnyInvocable<void(const std::string&)> on_payload_;
};

}  // namespace

PostgresBroker::PostgresBroker(PostgresBrokerOptions options, RandomSource& random, const Logger& logger)
    : options_(std::move(options)),
      sender_(make_id(random)),
      logger_(logger),
      queue_(options_.room_changes_max, options_.hints_waiting_max) {}

PostgresBroker::~PostgresBroker() { stop(); }

void PostgresBroker::start(Listener listener) {
  listener_ = std::move(listener);
  listening_thread_ = std::thread([this] { listen(); });
  notifying_thread_ = std::thread([this] { notify(); });
}

void PostgresBroker::publish(Hint hint) {
  bool was_empty = false;
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    was_empty = queue_.empty();
    queue_.add(std::move(hint));
  }
  if (was_empty) changed_.notify_all();
}

void PostgresBroker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (listening_thread_.joinable()) listening_thread_.join();
  if (notifying_thread_.joinable()) notifying_thread_.join();
}

bool PostgresBroker::pause(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, duration, [this] { return stopping_.load(); });
}

void PostgresBroker::listen() {
  std::chrono::milliseconds wait{0};
  do {
    bool was_listening = false;
    const Failure failure = catch_database_errors([this, &was_listening] { listen_until_lost(was_listening); });
    if (stopping_) return;
    logger_.warning("broker_listener_lost", {{"reason", log_reason(failure)}});
    wait = was_listening ? kPauseLeast : std::clamp(2 * wait, kPauseLeast, kPauseMost);
  } while (pause(wait));
}

void PostgresBroker::listen_until_lost(bool& was_listening) {
  const std::unique_ptr<pqxx::connection> connection = open_connection(options_.connection_string);
  const Receiver receiver(*connection, [this](const std::string& payload) { take_payload(payload); });
  if (!connection->is_open()) return;
  was_listening = true;
  logger_.info("broker_listening");
  listener_.on_reconnected();
  auto last_sign = std::chrono::steady_clock::now();
  while (!stopping_ && connection->is_open()) {
    const bool is_silent = connection->await_notification(0, kWaitMicroseconds) == 0;
    const auto now = std::chrono::steady_clock::now();
    if (!is_silent) last_sign = now;
    if (now - last_sign < options_.probe_interval) continue;
    pqxx::nontransaction transaction(*connection);
    transaction.exec1("SELECT 1");
    last_sign = now;
  }
}

void PostgresBroker::take_payload(const std::string& payload) {
  DecodedHints decoded = decode_hints(payload, sender_);
  for (Hint& hint : decoded.hints) listener_.on_hint(std::move(hint));
}

void PostgresBroker::notify() {
  std::chrono::milliseconds wait = options_.notify_interval;
  do {
    std::vector<std::string> lines;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      lines = queue_.take();
    }
    if (lines.empty()) return;
    // What cannot be sent is lost: the hubs compare heads when their own connections come back, and on a timer.
    const bool sent = send(pack_hints(sender_, lines));
    wait = sent ? options_.notify_interval : std::clamp(2 * wait, kPauseLeast, kPauseMost);
  } while (pause(wait) || !queue_.empty());
}

bool PostgresBroker::send(const std::vector<std::string>& payloads) {
  for (const bool is_first : {true, false}) {
    const bool was_open = notifying_ != nullptr;
    const Failure failure = catch_database_errors([&] {
      if (notifying_ == nullptr) {
        notifying_ = open_connection(options_.connection_string);
        pqxx::nontransaction(*notifying_).exec0(kHurry);
      }
      pqxx::nontransaction(*notifying_).exec_params(kNotify, array_literal(payloads));
    });
    if (failure.status.ok()) return true;
    notifying_.reset();
    if (!is_first || !was_open) break;
  }
  logger_.warning("broker_notify_failed", {{"payloads", payloads.size()}});
  return false;
}

}  // namespace parley::backend
