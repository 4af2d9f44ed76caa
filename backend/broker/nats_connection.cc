#include "backend/broker/nats_connection.h"

#include <nats/nats.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parley::backend {
namespace {

constexpr int kPingsUnansweredMax = 2;
constexpr const char* kClientName = "chat-backend";

struct Destroy {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
  void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};

// Each setter's outcome; the first failure counts.
class Outcome {
 public:
  void note(natsStatus status) {
    if (status_ == NATS_OK) status_ = status;
  }
  natsStatus status() const { return status_; }

 private:
  natsStatus status_ = NATS_OK;
};

// The status alone: libnats' longer texts can name the URL.
absl::Status failed(const char* step, natsStatus status) {
  return absl::UnavailableError(absl::StrCat(step, ": ", natsStatus_GetText(status)));
}

natsStatus set_options(natsOptions* set, const NatsServer& server, const NatsBrokerOptions& options) {
  Outcome outcome;
  outcome.note(natsOptions_SetURL(set, server.url.c_str()));
  outcome.note(natsOptions_SetName(set, kClientName));
  outcome.note(natsOptions_SetTimeout(set, options.connect_timeout.count()));
  outcome.note(natsOptions_SetWriteDeadline(set, options.send_timeout.count()));
  outcome.note(natsOptions_SetPingInterval(set, options.ping_interval.count()));
  outcome.note(natsOptions_SetMaxPingsOut(set, kPingsUnansweredMax));
  outcome.note(natsOptions_SetAllowReconnect(set, false));
  outcome.note(natsOptions_SetIgnoreDiscoveredServers(set, true));
  outcome.note(natsOptions_SetNoEcho(set, true));
  if (!options.credentials_file.empty()) {
    outcome.note(natsOptions_SetUserCredentialsFromFiles(set, options.credentials_file.c_str(), nullptr));
  }
  return outcome.status();
}

}  // namespace

struct NatsConnection::Handles {
  std::unique_ptr<natsConnection, Destroy> connection;
  std::unique_ptr<natsSubscription, Destroy> subscription;
};

NatsConnection::NatsConnection(std::unique_ptr<Handles> handles, const NatsBrokerOptions& options)
    : handles_(std::move(handles)), subject_(options.subject), send_timeout_(options.send_timeout) {}

NatsConnection::~NatsConnection() = default;

absl::StatusOr<std::shared_ptr<NatsConnection>> NatsConnection::open(const NatsServer& server,
                                                                     const NatsBrokerOptions& options) {
  natsOptions* raw_options = nullptr;
  if (const natsStatus status = natsOptions_Create(&raw_options); status != NATS_OK) return failed("options", status);
  const std::unique_ptr<natsOptions, Destroy> set(raw_options);
  if (const natsStatus status = set_options(set.get(), server, options); status != NATS_OK) {
    return failed("options", status);
  }
  auto handles = std::make_unique<Handles>();
  natsConnection* connection = nullptr;
  const natsStatus connected = natsConnection_Connect(&connection, set.get());
  handles->connection.reset(connection);
  if (connected != NATS_OK) return failed("connect", connected);
  natsSubscription* subscription = nullptr;
  const natsStatus subscribed = natsConnection_SubscribeSync(&subscription, connection, options.subject.c_str());
  handles->subscription.reset(subscription);
  if (subscribed != NATS_OK) return failed("subscribe", subscribed);
  Outcome outcome;
  outcome.note(
      natsSubscription_SetPendingLimits(subscription, options.payloads_pending_max, options.payload_bytes_pending_max));
  outcome.note(natsConnection_FlushTimeout(connection, options.connect_timeout.count()));
  // A refused subscription is an error of the connection, told before the answer to the flush.
  const char* text = nullptr;
  outcome.note(natsConnection_GetLastError(connection, &text));
  if (outcome.status() != NATS_OK) return failed("subscribe", outcome.status());
  return std::make_shared<NatsConnection>(std::move(handles), options);
}

NatsConnection::Received NatsConnection::receive(std::chrono::milliseconds limit, std::string& payload) {
  natsMsg* raw_message = nullptr;
  const natsStatus status =
      natsSubscription_NextMsg(&raw_message, handles_->subscription.get(), std::max<std::int64_t>(1, limit.count()));
  const std::unique_ptr<natsMsg, Destroy> message(raw_message);
  if (status == NATS_TIMEOUT || status == NATS_SLOW_CONSUMER) return Received::kNothing;
  if (status != NATS_OK) return Received::kLost;
  payload.assign(natsMsg_GetData(message.get()), static_cast<std::size_t>(natsMsg_GetDataLength(message.get())));
  return Received::kPayload;
}

std::int64_t NatsConnection::dropped_count() const {
  std::int64_t count = 0;
  natsSubscription_GetDropped(handles_->subscription.get(), &count);
  return count;
}

bool NatsConnection::send(const std::vector<std::string>& payloads) {
  natsConnection* const connection = handles_->connection.get();
  Outcome outcome;
  for (const std::string& payload : payloads) {
    outcome.note(
        natsConnection_Publish(connection, subject_.c_str(), payload.data(), static_cast<int>(payload.size())));
    if (outcome.status() != NATS_OK) return false;
  }
  return natsConnection_FlushTimeout(connection, send_timeout_.count()) == NATS_OK;
}

void NatsConnection::close() { natsConnection_Close(handles_->connection.get()); }

void release_nats_thread_memory() { nats_ReleaseThreadMemory(); }

}  // namespace parley::backend
