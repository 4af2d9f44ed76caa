#include "tests/support/fake_backend.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/grpc_status.h"
#include "tests/support/fake_backend_stream.h"

namespace parley::test {
namespace {

constexpr std::size_t kDefaultPage = 100;

grpc::Status unavailable() {
  return to_grpc_status(make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the fake backend is going"));
}

}  // namespace

class FakeBackend::ChatServiceImpl final : public pb::ChatService::Service {
 public:
  explicit ChatServiceImpl(FakeBackend& owner) : owner_(owner) {}

  grpc::Status Connect(grpc::ServerContext*, const pb::ConnectRequest* request,
                       pb::ConnectResponse* response) override {
    if (grpc::Status status = owner_.intercept("Connect"); !status.ok()) return status;
    *response->mutable_author() = request->author();
    if (request->author().author_id().empty()) response->mutable_author()->set_author_id("made-author");
    if (request->author().name().empty()) response->mutable_author()->set_name("Guest-abcd");
    const std::lock_guard lock(owner_.store_->mutex);
    owner_.store_->connections[request->connection_id()] = *request;
    return grpc::Status::OK;
  }

  grpc::Status Disconnect(grpc::ServerContext*, const pb::DisconnectRequest* request,
                          pb::DisconnectResponse*) override {
    if (grpc::Status status = owner_.intercept("Disconnect"); !status.ok()) return status;
    const std::lock_guard lock(owner_.store_->mutex);
    owner_.store_->connections.erase(request->connection_id());
    return grpc::Status::OK;
  }

  grpc::Status GetMessages(grpc::ServerContext*, const pb::GetMessagesRequest* request,
                           pb::GetMessagesResponse* response) override {
    if (grpc::Status status = owner_.intercept("GetMessages"); !status.ok()) return status;
    const std::lock_guard lock(owner_.store_->mutex);
    const auto& messages = owner_.store_->rooms[request->room()].messages;
    const std::size_t end = request->page_token().empty() ? messages.size() : std::stoul(request->page_token());
    fill_page(messages, end, page_size(request->page_size()), *response);
    return grpc::Status::OK;
  }

  grpc::Status SendMessage(grpc::ServerContext*, const pb::SendMessageRequest* request,
                           pb::SendMessageResponse* response) override {
    if (grpc::Status status = owner_.intercept("SendMessage"); !status.ok()) return status;
    if (request->body().empty()) {
      return to_grpc_status(make_error(absl::StatusCode::kInvalidArgument, "BODY_EMPTY", "body must not be empty"));
    }
    const std::lock_guard order(owner_.store_->order);
    {
      const std::lock_guard lock(owner_.store_->mutex);
      response->set_epoch(owner_.store_->epoch);
      for (const pb::Message& message : owner_.store_->rooms[request->room()].messages) {
        if (message.request_id() == request->request_id() &&
            message.author().author_id() == request->author().author_id()) {
          *response->mutable_message() = message;
          return grpc::Status::OK;
        }
      }
    }
    const pb::Message message = owner_.store_message(request->room(), request->body(), request->client_time(),
                                                     request->author(), request->request_id());
    *response->mutable_message() = message;
    owner_.tell_all(request->room(), message);
    return grpc::Status::OK;
  }

  grpc::Status SetName(grpc::ServerContext*, const pb::SetNameRequest* request,
                       pb::SetNameResponse* response) override {
    if (grpc::Status status = owner_.intercept("SetName"); !status.ok()) return status;
    const std::lock_guard lock(owner_.store_->mutex);
    const auto found = owner_.store_->connections.find(request->connection_id());
    if (found == owner_.store_->connections.end()) {
      return to_grpc_status(make_error(absl::StatusCode::kNotFound, "CONNECTION_NOT_FOUND", "no such connection"));
    }
    *response->mutable_author() = found->second.author();
    response->mutable_author()->set_name(request->name());
    return grpc::Status::OK;
  }

  grpc::Status Resume(grpc::ServerContext*, const pb::ResumeRequest* request, pb::ResumeResponse* response) override {
    if (grpc::Status status = owner_.intercept("Resume"); !status.ok()) return status;
    const std::lock_guard lock(owner_.store_->mutex);
    const FakeStore& store = *owner_.store_;
    const auto& messages = owner_.store_->rooms[request->room()].messages;
    const auto head = static_cast<std::int64_t>(messages.size());
    *response->mutable_position() = position_of(store, head);
    response->mutable_presence()->set_author_count(1);
    const std::int64_t from = request->position().offset();
    const bool reset = !request->has_position() || request->position().epoch() != store.epoch || from > head ||
                       head - from > static_cast<std::int64_t>(owner_.resume_changes_max);
    response->set_reset(reset);
    if (reset) {
      pb::GetMessagesResponse page;
      fill_page(messages, messages.size(), page_size(request->page_size()), page);
      response->mutable_messages()->Swap(page.mutable_messages());
      response->set_previous_page_token(page.previous_page_token());
      return grpc::Status::OK;
    }
    for (std::int64_t offset = from; offset < head; ++offset) {
      *response->add_messages() = messages[static_cast<std::size_t>(offset)];
    }
    return grpc::Status::OK;
  }

 private:
  static std::size_t page_size(int asked) { return asked == 0 ? kDefaultPage : static_cast<std::size_t>(asked); }

  static void fill_page(const std::vector<pb::Message>& messages, std::size_t end, std::size_t size,
                        pb::GetMessagesResponse& page) {
    const std::size_t begin = end > size ? end - size : 0;
    for (std::size_t index = begin; index < end; ++index) *page.add_messages() = messages[index];
    if (begin > 0) page.set_previous_page_token(std::to_string(begin));
  }

  FakeBackend& owner_;
};

class FakeBackend::GatewayServiceImpl final
    : public pb::GatewayService::WithCallbackMethod_Attach<pb::GatewayService::Service> {
 public:
  explicit GatewayServiceImpl(FakeBackend& owner) : owner_(owner) {}

  grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse>* Attach(grpc::CallbackServerContext*) override {
    return new Stream(owner_);
  }

  grpc::Status SendMessages(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<pb::SendMessagesResponse, pb::SendMessagesRequest>* stream) override {
    if (!owner_.knows_send_stream) return {grpc::StatusCode::UNIMPLEMENTED, ""};
    ++owner_.send_streams_;
    pb::SendMessagesRequest request;
    while (stream->Read(&request)) {
      for (const pb::SendMessagesItem& item : request.items()) {
        pb::SendMessagesResponse response;
        if (grpc::Status ended = answer(context, item, *response.add_results()); !ended.ok()) return ended;
        stream->Write(response);
      }
    }
    return grpc::Status::OK;
  }

 private:
  // Not OK: what is not final ends the stream.
  grpc::Status answer(grpc::ServerContext* context, const pb::SendMessagesItem& item, pb::SendMessagesResult& result) {
    result.set_item_id(item.item_id());
    pb::SendMessageResponse response;
    const std::int64_t head = owner_.message_count(item.request().room());
    const grpc::Status status = owner_.chat_->SendMessage(context, &item.request(), &response);
    if (status.error_code() == grpc::UNAVAILABLE || status.error_code() == grpc::ABORTED) return status;
    if (!status.ok() && status.error_details().empty()) return status;
    if (!status.ok()) {
      result.mutable_failure()->set_code(status.error_code());
      result.mutable_failure()->set_reason(std::string(error_reason(from_grpc_status(status))));
      result.mutable_failure()->set_message(status.error_message());
    } else if (response.message().offset() <= head) {
      *result.mutable_repeated_message() = std::move(response);
    } else {
      result.mutable_stored()->set_offset(response.message().offset());
      *result.mutable_stored()->mutable_create_time() = response.message().create_time();
      result.mutable_stored()->set_epoch(response.epoch());
    }
    return grpc::Status::OK;
  }

  FakeBackend& owner_;
};

FakeBackend::FakeBackend(std::shared_ptr<FakeStore> store)
    : store_(std::move(store)),
      chat_(std::make_unique<ChatServiceImpl>(*this)),
      gateway_(std::make_unique<GatewayServiceImpl>(*this)) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1'000);
  builder.RegisterService(chat_.get());
  builder.RegisterService(gateway_.get());
  server_ = builder.BuildAndStart();
  set_serving(true);
  const std::lock_guard order(store_->order);
  store_->backends.insert(this);
}

FakeBackend::~FakeBackend() { kill(); }

void FakeBackend::set_serving(bool is_serving) {
  server_->GetHealthCheckService()->SetServingStatus("chat.v1.ChatService", is_serving);
}

void FakeBackend::kill() {
  {
    const std::lock_guard order(store_->order);
    store_->backends.erase(this);
  }
  drop_streams();
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::string FakeBackend::address() const { return "127.0.0.1:" + std::to_string(port_); }

pb::Message FakeBackend::store_message(const std::string& room, const std::string& body, const std::string& client_time,
                                       const pb::Author& author, const std::string& request_id) {
  const std::lock_guard lock(store_->mutex);
  auto& messages = store_->rooms[room].messages;
  pb::Message message;
  message.set_room(room);
  message.set_offset(static_cast<std::int64_t>(messages.size()) + 1);
  message.set_change_offset(message.offset());
  *message.mutable_author() = author;
  message.set_request_id(request_id);
  message.set_body(body);
  message.mutable_create_time()->set_seconds(1'700'000'000 + message.offset());
  message.set_client_time(client_time);
  messages.push_back(message);
  return message;
}

pb::Message FakeBackend::post_silently(const std::string& room, const std::string& body) {
  pb::Author author;
  author.set_author_id("poster");
  author.set_name("Poster");
  return store_message(room, body, "", author, "posted");
}

pb::Message FakeBackend::post(const std::string& room, const std::string& body, const std::string& client_time) {
  pb::Author author;
  author.set_author_id("poster");
  author.set_name("Poster");
  const std::lock_guard order(store_->order);
  pb::Message message = store_message(room, body, client_time, author, "posted");
  tell_all(room, message);
  return message;
}

void FakeBackend::post_together(const std::string& room, const std::vector<std::string>& bodies) {
  const std::lock_guard order(store_->order);
  pb::AttachResponse response;
  for (const std::string& body : bodies) {
    const pb::Message message = post_silently(room, body);
    const std::lock_guard lock(store_->mutex);
    *response.mutable_events()->add_events() = event_of(*store_, room, message);
  }
  for (FakeBackend* backend : store_->backends) backend->send_to_joined(room, response);
}

void FakeBackend::tell(const std::string& room, const pb::Message& message) {
  const std::lock_guard order(store_->order);
  tell_all(room, message);
}

void FakeBackend::tell_all(const std::string& room, const pb::Message& message) {
  pb::AttachResponse response;
  {
    const std::lock_guard lock(store_->mutex);
    *response.mutable_event() = event_of(*store_, room, message);
  }
  for (FakeBackend* backend : store_->backends) backend->send_to_joined(room, response);
}

void FakeBackend::send_to_joined(const std::string& room, const pb::AttachResponse& response) {
  const std::lock_guard lock(mutex_);
  for (Stream* stream : streams_) {
    if (stream->has_joined(room)) stream->send(response);
  }
}

void FakeBackend::send_presence(const std::string& room, const std::vector<std::string>& names) {
  pb::AttachResponse response;
  response.mutable_event()->set_room(room);
  pb::Presence& presence = *response.mutable_event()->mutable_presence();
  presence.set_author_count(static_cast<int>(names.size()));
  for (const std::string& name : names) presence.add_authors()->set_name(name);
  send_to_joined(room, response);
}

void FakeBackend::reset_room(const std::string& room) {
  pb::AttachResponse response;
  {
    const std::lock_guard lock(store_->mutex);
    response.mutable_joined()->set_room(room);
    response.mutable_joined()->set_reset(true);
    const auto head = static_cast<std::int64_t>(store_->rooms[room].messages.size());
    *response.mutable_joined()->mutable_position() = position_of(*store_, head);
  }
  const std::lock_guard lock(mutex_);
  for (Stream* stream : streams_) stream->send(response);
}

std::size_t FakeBackend::connection_count() {
  const std::lock_guard lock(store_->mutex);
  return store_->connections.size();
}

std::int64_t FakeBackend::message_count(const std::string& room) {
  const std::lock_guard lock(store_->mutex);
  return static_cast<std::int64_t>(store_->rooms[room].messages.size());
}

bool FakeBackend::has_joined(const std::string& room) {
  const std::lock_guard lock(mutex_);
  return std::any_of(streams_.begin(), streams_.end(), [&room](Stream* stream) { return stream->has_joined(room); });
}

void FakeBackend::drop_streams() {
  const std::lock_guard lock(mutex_);
  for (Stream* stream : streams_) stream->end(unavailable());
}

void FakeBackend::set_interceptor(std::function<grpc::Status(const std::string&)> interceptor) {
  const std::lock_guard lock(mutex_);
  interceptor_ = std::move(interceptor);
}

grpc::Status FakeBackend::intercept(const std::string& method) {
  std::function<grpc::Status(const std::string&)> interceptor;
  {
    const std::lock_guard lock(mutex_);
    interceptor = interceptor_;
  }
  return interceptor ? interceptor(method) : grpc::Status::OK;
}

}  // namespace parley::test
