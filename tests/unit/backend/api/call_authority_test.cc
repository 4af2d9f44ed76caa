// Who may call what: by itself, and over real gRPC.
#include "backend/api/call_authority.h"

#include <gmock/gmock.h>

#include "backend/app/access_settings.h"
#include "tests/unit/backend/api/api_fixture.h"

namespace parley::backend {
namespace {

constexpr const char* kSecret = "the secret of the gateways, long enough";

class CallAuthorityTest : public testing::Test {
 protected:
  CallAuthorityTest() {
    source_.add("reads", {ApiScope::kRead});
    source_.add("sends", {ApiScope::kSend}, "bot");
    source_.add("does both", {ApiScope::kRead, ApiScope::kSend}, "bot");
    source_.add("may all", {ApiScope::kAdmin});
    book_.refresh();
  }

  static std::string reason(const CallAuthority& authority, const std::vector<std::string_view>& brought,
                            const Access& access) {
    const auto caller = authority.admit(brought, access);
    return caller.ok() ? "OK" : std::string(error_reason(caller.status()));
  }
  std::string with(const std::string& token, const Access& access) const {
    const std::string value = "Bearer " + token;
    return reason(required_, {value}, access);
  }

  SystemClock clock_;
  std::ostringstream log_;
  Logger logger_{"test", LogLevel::kDebug, clock_, log_};
  FakeTokenSource source_;
  ApiTokenBook book_{source_, milliseconds(30'000), clock_, logger_};
  const CallAuthority open_{{}, book_};
  const CallAuthority required_{{.requires_tokens = true, .gateway_credentials = {sha256(kSecret)}}, book_};
};

TEST_F(CallAuthorityTest, AScopeAllowsItsCallsAndNoOthers) {
  EXPECT_EQ(with("reads", Access::read()), "OK");
  EXPECT_EQ(with("reads", Access::send_as("bot")), "SCOPE_MISSING");
  EXPECT_EQ(with("reads", Access::admin()), "SCOPE_MISSING");
  EXPECT_EQ(with("sends", Access::read()), "SCOPE_MISSING");
  EXPECT_EQ(with("sends", Access::send_as("bot")), "OK");
  EXPECT_EQ(with("sends", Access::admin()), "SCOPE_MISSING");
  EXPECT_EQ(with("does both", Access::read()), "OK");
  EXPECT_EQ(with("does both", Access::send_as("bot")), "OK");
  EXPECT_EQ(with("does both", Access::admin()), "SCOPE_MISSING");
  EXPECT_EQ(with("may all", Access::read()), "OK");
  EXPECT_EQ(with("may all", Access::admin()), "OK");
}

TEST_F(CallAuthorityTest, NobodySpeaksAsSomebodyElse) {
  EXPECT_EQ(with("sends", Access::send_as("ann")), "AUTHOR_NOT_ALLOWED");
  EXPECT_EQ(with("does both", Access::send_as("")), "AUTHOR_NOT_ALLOWED");
  EXPECT_EQ(with("may all", Access::send_as("ann")), "OK");
}

TEST_F(CallAuthorityTest, NoTokenOpensTheGatewaysService) {
  EXPECT_EQ(with("may all", Access::gateway()), "GATEWAY_ONLY");
  EXPECT_EQ(reason(open_, {"Bearer may all"}, Access::gateway()), "GATEWAY_ONLY");
}

TEST_F(CallAuthorityTest, TheGatewaysCredentialOpensAll) {
  const std::string right = std::string("Gateway ") + kSecret;
  for (const Access& access : {Access::read(), Access::send_as("ann"), Access::admin(), Access::gateway()}) {
    EXPECT_EQ(reason(required_, {right}, access), "OK");
    EXPECT_EQ(reason(required_, {right + "."}, access), "GATEWAY_CREDENTIAL_INVALID");
    EXPECT_EQ(reason(required_, {"Gateway "}, access), "GATEWAY_CREDENTIAL_INVALID");
    // Where there is none, none is right.
    EXPECT_EQ(reason(open_, {right}, access), "GATEWAY_CREDENTIAL_INVALID");
  }
}

TEST_F(CallAuthorityTest, WhoBringsNothing) {
  EXPECT_EQ(reason(required_, {}, Access::read()), "TOKEN_REQUIRED");
  EXPECT_EQ(reason(required_, {}, Access::gateway()), "GATEWAY_CREDENTIAL_INVALID");
  EXPECT_EQ(reason(open_, {}, Access::admin()), "OK");
  EXPECT_EQ(reason(open_, {}, Access::gateway()), "OK");
  // A credential is asked for wherever it is configured.
  const CallAuthority half({.requires_tokens = false, .gateway_credentials = {sha256(kSecret)}}, book_);
  EXPECT_EQ(reason(half, {}, Access::admin()), "OK");
  EXPECT_EQ(reason(half, {}, Access::gateway()), "GATEWAY_CREDENTIAL_INVALID");
}

TEST_F(CallAuthorityTest, WhatIsBroughtIsCheckedEvenWhereNothingIsNeeded) {
  EXPECT_EQ(reason(open_, {"Bearer guess"}, Access::read()), "TOKEN_INVALID");
  EXPECT_EQ(reason(open_, {"Bearer reads"}, Access::admin()), "SCOPE_MISSING");
  EXPECT_EQ(reason(open_, {"bearer reads"}, Access::read()), "OK");
  EXPECT_EQ(reason(open_, {"Basic reads"}, Access::read()), "TOKEN_INVALID");
  EXPECT_EQ(reason(open_, {"reads"}, Access::read()), "TOKEN_INVALID");
  EXPECT_EQ(reason(open_, {""}, Access::read()), "TOKEN_INVALID");
  EXPECT_EQ(reason(open_, {"Bearer reads", "Bearer reads"}, Access::read()), "TOKEN_INVALID");
  const std::string huge = "Bearer " + std::string(10'000, 'x');
  EXPECT_EQ(reason(open_, {huge}, Access::read()), "TOKEN_INVALID");
}

TEST(AccessSettingsTest, AutoMeansTokensWhereOthersCanReachUs) {
  EXPECT_TRUE(is_loopback("127.0.0.1") && is_loopback("localhost") && is_loopback("::1"));
  EXPECT_FALSE(is_loopback("0.0.0.0") || is_loopback("::") || is_loopback("10.0.0.1"));
  const auto options = [](const std::vector<std::string>& arguments) {
    return make_authority_options(*Config::load(Program::kBackend, arguments, {}));
  };
  EXPECT_FALSE(options({})->requires_tokens);
  EXPECT_FALSE(options({"--grpc_address=0.0.0.0", "--api_tokens=off"})->requires_tokens);
  EXPECT_THAT(std::string(options({"--grpc_address=0.0.0.0"}).status().message()),
              testing::HasSubstr("gateway_credential_file"));
  EXPECT_FALSE(options({"--api_tokens=maybe"}).ok());
}

class GuardedApiTest : public ApiTest {
 protected:
  GuardedApiTest()
      : ApiTest(FakeStore::Answers::kAtOnce, {.requires_tokens = true, .gateway_credentials = {sha256(kSecret)}}) {
    source_.add("reads", {ApiScope::kRead});
    source_.add("sends", {ApiScope::kSend}, "a1");
    source_.add("may all", {ApiScope::kAdmin});
    tokens_.refresh();
  }
  static std::unique_ptr<grpc::ClientContext> with(const std::string& authorization) {
    auto call = context();
    call->AddMetadata("authorization", authorization);
    return call;
  }
  std::uint64_t refused(std::string_view reason) const {
    const auto found = std::find(kErrorReasons.begin(), kErrorReasons.end(), reason);
    return metrics_.refusals.value(static_cast<std::size_t>(found - kErrorReasons.begin()));
  }
  // A call of each method of ChatService, named with what it came to.
  std::map<std::string, std::string> call_all(const std::string& authorization) {
    std::map<std::string, std::string> outcomes;
    const auto call = [&](const std::string& name, auto method, auto request, auto response) {
      const auto context = with(authorization);
      const grpc::Status status = (chat_stub_.get()->*method)(context.get(), request, &response);
      outcomes[name] = status.ok() ? "OK" : reason_of(status);
    };
    pb::ConnectRequest connect;
    connect.set_connection_id("c1");
    connect.set_gateway_id("g1");
    connect.set_room("lobby");
    call("Connect", &pb::ChatService::Stub::Connect, connect, pb::ConnectResponse());
    pb::SetNameRequest name;
    name.set_connection_id("c1");
    name.set_room("lobby");
    name.set_name("Ann");
    call("SetName", &pb::ChatService::Stub::SetName, name, pb::SetNameResponse());
    pb::DisconnectRequest disconnect;
    disconnect.set_connection_id("c1");
    disconnect.set_room("lobby");
    call("Disconnect", &pb::ChatService::Stub::Disconnect, disconnect, pb::DisconnectResponse());
    pb::GetMessagesRequest history;
    history.set_room("lobby");
    call("GetMessages", &pb::ChatService::Stub::GetMessages, history, pb::GetMessagesResponse());
    pb::ResumeRequest resume;
    resume.set_room("lobby");
    call("Resume", &pb::ChatService::Stub::Resume, resume, pb::ResumeResponse());
    call("SendMessage", &pb::ChatService::Stub::SendMessage, message("r1"), pb::SendMessageResponse());
    const auto context = with(authorization);
    const auto stream = chat_stub_->Subscribe(context.get(), lobby());
    pb::SubscribeResponse item;
    if (stream->Read(&item)) {
      outcomes["Subscribe"] = "OK";
      context->TryCancel();
      while (stream->Read(&item)) {
      }
      stream->Finish();
    } else {
      outcomes["Subscribe"] = reason_of(stream->Finish());
    }
    return outcomes;
  }
  static pb::SubscribeRequest lobby() {
    pb::SubscribeRequest request;
    request.add_rooms()->set_room("lobby");
    return request;
  }
};

using Outcomes = std::map<std::string, std::string>;

TEST_F(GuardedApiTest, EveryMethodAsksForItsScope) {
  EXPECT_EQ(call_all("Bearer reads"), (Outcomes{{"Connect", "SCOPE_MISSING"},
                                                {"SetName", "SCOPE_MISSING"},
                                                {"Disconnect", "SCOPE_MISSING"},
                                                {"GetMessages", "OK"},
                                                {"Resume", "OK"},
                                                {"SendMessage", "SCOPE_MISSING"},
                                                {"Subscribe", "OK"}}));
  EXPECT_EQ(call_all("Bearer sends"), (Outcomes{{"Connect", "SCOPE_MISSING"},
                                                {"SetName", "SCOPE_MISSING"},
                                                {"Disconnect", "SCOPE_MISSING"},
                                                {"GetMessages", "SCOPE_MISSING"},
                                                {"Resume", "SCOPE_MISSING"},
                                                {"SendMessage", "OK"},
                                                {"Subscribe", "SCOPE_MISSING"}}));
  for (const auto& [method, outcome] : call_all("Bearer may all")) EXPECT_EQ(outcome, "OK") << method;
  for (const auto& [method, outcome] : call_all(std::string("Gateway ") + kSecret)) EXPECT_EQ(outcome, "OK") << method;
  for (const auto& [method, outcome] : call_all("Bearer nobody")) EXPECT_EQ(outcome, "TOKEN_INVALID") << method;
  EXPECT_EQ(refused("SCOPE_MISSING"), 10U);
  EXPECT_EQ(refused("TOKEN_INVALID"), 7U);
}

TEST_F(GuardedApiTest, ATokenSpeaksAsItsOwnAuthorOnly) {
  pb::SendMessageRequest request = message("r1");
  request.mutable_author()->set_author_id("ann");
  pb::SendMessageResponse response;
  const auto call = with("Bearer sends");
  const grpc::Status status = chat_stub_->SendMessage(call.get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(reason_of(status), "AUTHOR_NOT_ALLOWED");
  EXPECT_EQ(store_.calls("send_message"), 0);
  EXPECT_EQ(refused("AUTHOR_NOT_ALLOWED"), 1U);
}

// Whose word counts when it says that the name of a message need not be looked up.
TEST_F(GuardedApiTest, ATokensWordOnANameCountsForNothing) {
  const auto send_as = [this](const std::string& authorization, const std::string& request_id, bool is_held) {
    pb::SendMessageRequest request = message(request_id);
    request.set_name_is_held(is_held);
    pb::SendMessageResponse response;
    const auto call = with(authorization);
    EXPECT_TRUE(chat_stub_->SendMessage(call.get(), request, &response).ok());
  };
  send_as("Bearer sends", "r1", true);
  send_as("Bearer may all", "r2", false);
  send_as(std::string("Gateway ") + kSecret, "r3", true);
  send_as(std::string("Gateway ") + kSecret, "r4", false);
  EXPECT_EQ(store_.names_held, (std::map<std::string, bool>{{"r1", false}, {"r2", true}, {"r3", true}, {"r4", false}}));
}

TEST_F(GuardedApiTest, WithoutATokenTheCodeIsUnauthenticated) {
  pb::SendMessageResponse response;
  const grpc::Status status = send("r1", &response);
  EXPECT_EQ(status.error_code(), grpc::UNAUTHENTICATED);
  EXPECT_EQ(reason_of(status), "TOKEN_REQUIRED");
  EXPECT_EQ(refused("TOKEN_REQUIRED"), 1U);
}

TEST_F(GuardedApiTest, WhoComesWhenItShutsDownIsCountedToo) {
  gate_.close();
  pb::SendMessageResponse response;
  const auto call = with("Bearer may all");
  EXPECT_EQ(reason_of(chat_stub_->SendMessage(call.get(), message("r1"), &response)), "SHUTTING_DOWN");
  EXPECT_EQ(refused("SHUTTING_DOWN"), 1U);
}

TEST_F(GuardedApiTest, TheGatewaysStreamsAreForGateways) {
  for (const std::string& authorization : {std::string("Bearer may all"), std::string("Gateway wrong")}) {
    const std::string expected = authorization == "Gateway wrong" ? "GATEWAY_CREDENTIAL_INVALID" : "GATEWAY_ONLY";
    const auto attach_call = with(authorization);
    const auto attach = gateway_stub_->Attach(attach_call.get());
    pb::AttachResponse attached;
    attach->Write(hello("g1"));
    EXPECT_FALSE(attach->Read(&attached));
    EXPECT_EQ(reason_of(attach->Finish()), expected);
    const auto send_call = with(authorization);
    const auto sends = gateway_stub_->SendMessages(send_call.get());
    pb::SendMessagesResponse answered;
    EXPECT_FALSE(sends->Read(&answered));
    EXPECT_EQ(reason_of(sends->Finish()), expected);
  }
  EXPECT_EQ(refused("GATEWAY_ONLY"), 2U);
  EXPECT_EQ(refused("GATEWAY_CREDENTIAL_INVALID"), 2U);
  const auto call = with(std::string("Gateway ") + kSecret);
  const auto attach = gateway_stub_->Attach(call.get());
  pb::AttachResponse attached;
  ASSERT_TRUE(attach->Write(hello("g1")));
  EXPECT_TRUE(attach->Read(&attached));
  EXPECT_TRUE(attached.has_attached());
  attach->WritesDone();
  EXPECT_TRUE(attach->Finish().ok());
}

TEST_F(GuardedApiTest, RevokingATokenEndsItsStreams) {
  tokens_.set_on_taken_away(
      [this] { registry_.end_unless([this](const CallCaller& caller) { return authority_.check_again(caller); }); });
  const auto call = with("Bearer reads");
  const auto stream = chat_stub_->Subscribe(call.get(), lobby());
  const auto other_call = with("Bearer may all");
  const auto other = chat_stub_->Subscribe(other_call.get(), lobby());
  pb::SubscribeResponse item;
  ASSERT_TRUE(stream->Read(&item));
  ASSERT_TRUE(other->Read(&item));
  source_.tokens.erase(source_.tokens.begin());
  tokens_.refresh();
  EXPECT_FALSE(stream->Read(&item));
  EXPECT_EQ(reason_of(stream->Finish()), "TOKEN_INVALID");
  // Another's goes on.
  store_.post("lobby");
  hub_.compare_heads();
  EXPECT_TRUE(other->Read(&item));
  EXPECT_TRUE(item.has_event());
  other_call->TryCancel();
  other->Finish();
}

}  // namespace
}  // namespace parley::backend
