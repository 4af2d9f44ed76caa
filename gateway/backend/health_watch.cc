#include "gateway/backend/health_watch.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace parley::gateway {
namespace {

namespace health = grpc::health::v1;

constexpr std::chrono::milliseconds kFirstPause(50);
constexpr std::chrono::milliseconds kLongestPause(2'000);
constexpr const char* kService = "chat.v1.ChatService";

BackendHealth health_of(health::HealthCheckResponse::ServingStatus status) {
  switch (status) {
    case health::HealthCheckResponse::SERVING: return BackendHealth::kServing;
    case health::HealthCheckResponse::NOT_SERVING: return BackendHealth::kNotServing;
    default: return BackendHealth::kUnknown;  // a server that does not know the service
  }
}

std::string_view name_of(BackendHealth health) {
  switch (health) {
    case BackendHealth::kServing: return "serving";
    case BackendHealth::kNotServing: return "not_serving";
    case BackendHealth::kUnknown: break;
  }
  return "unknown";
}

}  // namespace

// One Watch call. Keeps itself alive until it has ended; the handlers run on the executor, `ended` last.
class HealthWatch::Stream final : public grpc::ClientReadReactor<health::HealthCheckResponse> {
 public:
  struct Handlers {
    absl::AnyInvocable<void(BackendHealth)> told;
    absl::AnyInvocable<void()> ended;
  };

  static std::shared_ptr<Stream> start(health::Health::StubInterface& stub, Executor& executor, Handlers handlers) {
    std::shared_ptr<Stream> stream(new Stream(executor, std::move(handlers)));
    stream->self_ = stream;
    stub.async()->Watch(&stream->context_, &stream->request_, stream.get());
    stream->StartRead(&stream->response_);
    stream->StartCall();
    return stream;
  }

  void cancel() { context_.TryCancel(); }

 private:
  Stream(Executor& executor, Handlers handlers)
      : executor_(executor), handlers_(std::make_shared<Handlers>(std::move(handlers))) {
    request_.set_service(kService);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    executor_.post([handlers = handlers_, told = health_of(response_.status())] { handlers->told(told); });
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& /*status*/) override {
    executor_.post([handlers = handlers_] { handlers->ended(); });
    self_.reset();
  }

  Executor& executor_;
  const std::shared_ptr<Handlers> handlers_;  // used on the executor only
  grpc::ClientContext context_;
  health::HealthCheckRequest request_;
  health::HealthCheckResponse response_;
  std::shared_ptr<Stream> self_;  // until OnDone
};

// One backend: its stream, and the pause before the next.
class HealthWatch::Watcher {
 public:
  Watcher(HealthWatch& owner, std::size_t backend) : owner_(owner), backend_(backend), timer_(owner.control_context_) {
    begin();
  }

  void stop() {
    stopping_ = true;
    timer_.cancel();
    if (stream_ != nullptr) return stream_->cancel();
    owner_.watcher_stopped();
  }

 private:
  void begin() {
    owner_.pool_.connect_now(backend_);
    stream_ = Stream::start(*owner_.pool_.at(backend_).health, owner_.control_,
                            {[this](BackendHealth told) {
                               if (stopping_) return;
                               pause_ = kFirstPause;
                               owner_.take(backend_, told);
                             },
                             [this] { ended(); }});
  }

  void ended() {
    stream_.reset();
    if (stopping_) return owner_.watcher_stopped();
    owner_.take(backend_, BackendHealth::kUnknown);
    const auto most = static_cast<std::uint64_t>(pause_.count());
    timer_.expires_after(std::chrono::milliseconds(most / 2 + random_below(owner_.random_, most / 2 + 1)));
    pause_ = std::min(kLongestPause, pause_ * 2);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error && !stopping_) begin();
    });
  }

  HealthWatch& owner_;
  const std::size_t backend_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Stream> stream_;
  std::chrono::milliseconds pause_ = kFirstPause;
  bool stopping_ = false;
};

HealthWatch::HealthWatch(BackendPool& pool, boost::asio::io_context& control_context, Executor& control,
                         RandomSource& random, const Logger& logger)
    : pool_(pool), control_context_(control_context), control_(control), random_(random), logger_(logger) {}

HealthWatch::~HealthWatch() = default;

void HealthWatch::start(absl::AnyInvocable<void()> changed) {
  changed_ = std::move(changed);
  for (std::size_t index = 0; index < pool_.size(); ++index) {
    watchers_.push_back(std::make_unique<Watcher>(*this, index));
  }
}

void HealthWatch::stop(absl::AnyInvocable<void()> stopped) {
  stopped_ = std::move(stopped);
  stopping_ = watchers_.size();
  if (stopping_ == 0) return std::exchange(stopped_, nullptr)();
  for (const auto& watcher : watchers_) watcher->stop();
}

void HealthWatch::take(std::size_t backend, BackendHealth health) {
  if (pool_.health(backend) == health) return;
  logger_.info("backend_health", {{"backend", pool_.at(backend).address}, {"health", name_of(health)}});
  pool_.set_health(backend, health);
  changed_();
}

void HealthWatch::watcher_stopped() {
  if (--stopping_ == 0) std::exchange(stopped_, nullptr)();
}

}  // namespace parley::gateway
