#include "tests/unit/gateway/support/gateway_fixture.h"

#include <cstdlib>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace parley::test {

bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

GatewayTest::GatewayTest() = default;

GatewayTest::~GatewayTest() {
  if (application != nullptr) stop();
}

void GatewayTest::launch() {
  std::vector<std::string> addresses = {backend.address()};
  addresses.insert(addresses.end(), more_backends.begin(), more_backends.end());
  std::vector<std::string> arguments = {"--port=0", "--io_threads=2", "--identity=claimed",
                                        absl::StrCat("--backends=", absl::StrJoin(addresses, ","))};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const absl::StatusOr<Config> config = Config::load(Program::kGateway, arguments, {});
  ASSERT_TRUE(config.ok()) << config.status();
  absl::StatusOr<gateway::GatewaySettings> read = gateway::read_settings(*config);
  ASSERT_TRUE(read.ok()) << read.status();
  settings = std::make_unique<gateway::GatewaySettings>(*std::move(read));
  application = std::make_unique<gateway::Application>(*settings, clock, random, logger);
  const absl::Status started = application->start();
  ASSERT_TRUE(started.ok()) << started;
}

void GatewayTest::start() {
  launch();
  ASSERT_TRUE(eventually([this] { return application->readiness().ok(); }));
}

void GatewayTest::stop() {
  application->drain();
  if (application->wait() != gateway::Application::Ending::kClean) {
    // Then it must not be destroyed, nor what it uses.
    std::cerr << "the gateway's drain was cut short\n";
    std::abort();
  }
  application.reset();
}

HttpAnswer GatewayTest::upgrade_until(const std::function<bool(const HttpAnswer&)>& is_enough) {
  HttpAnswer answer;
  EXPECT_TRUE(eventually([&] {
    WsClient next = client();
    answer = next.upgrade();
    next.close();
    EXPECT_TRUE(eventually([this] { return backend.connection_count() == 0; }));
    return is_enough(answer);
  }));
  return answer;
}

double GatewayTest::metric(const std::string& name) const {
  Exposition exposition;
  application->expose(exposition);
  const std::string text = "\n" + exposition.text();
  const std::size_t found = text.find("\n" + name + " ");
  return found == std::string::npos ? -1 : std::stod(text.substr(found + name.size() + 2));
}

std::unique_ptr<WsClient> GatewayTest::tutorial(const std::string& query) {
  auto client = std::make_unique<WsClient>(application->port());
  EXPECT_EQ(client->upgrade("/ws" + query).status, 101);
  return client;
}

std::unique_ptr<WsClient> GatewayTest::proto(const std::string& query) {
  auto client = std::make_unique<WsClient>(application->port());
  EXPECT_EQ(client->upgrade("/ws" + query, "chat.v1.proto").status, 101);
  const std::optional<pb::ServerFrame> welcome = client->read_server_frame();
  EXPECT_TRUE(welcome.has_value() && welcome->push().has_welcome());
  return client;
}

pb::ClientFrame GatewayTest::subscribe_command(const std::string& request_id, const std::string& room) {
  pb::ClientFrame frame;
  frame.set_request_id(request_id);
  frame.mutable_subscribe()->set_room(room);
  return frame;
}

pb::ClientFrame GatewayTest::send_command(const std::string& request_id, const std::string& room,
                                          const std::string& body) {
  pb::ClientFrame frame;
  frame.set_request_id(request_id);
  frame.mutable_send_message()->set_room(room);
  frame.mutable_send_message()->set_body(body);
  return frame;
}

pb::Reply GatewayTest::call(WsClient& client, const pb::ClientFrame& command) {
  client.send_command(command);
  while (const std::optional<pb::ServerFrame> frame = client.read_server_frame()) {
    if (frame->has_reply()) return frame->reply();
  }
  ADD_FAILURE() << "no reply to " << command.request_id();
  return {};
}

}  // namespace parley::test
