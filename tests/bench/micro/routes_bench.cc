// Commands as they come from a client: the route, and what belongs to it.
#include <benchmark/benchmark.h>

#include <string>

#include "gateway/wire/wire_format.h"
#include "tests/bench/micro/samples.h"

namespace parley::bench {
namespace {

void decode(benchmark::State& state, gateway::WireFormatId id, const std::string& payload) {
  const gateway::WireFormat& format = gateway::wire_format(id);
  for (auto _ : state) {
    gateway::DecodedCommand command = format.decode(payload);
    if (!command.status.ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(command);
  }
}

std::string proto_command() {
  chat::v1::ClientFrame frame;
  frame.set_request_id("b1-17");
  frame.mutable_send_message()->set_room(kSampleRoom);
  frame.mutable_send_message()->set_body(std::string(kBodyBytes, 'x'));
  return frame.SerializeAsString();
}

const std::string kBody(kBodyBytes, 'x');
BENCHMARK_CAPTURE(decode, tutorial_send, gateway::WireFormatId::kTutorial,
                  R"({"action":"send_message","message":")" + kBody + R"(","time":"1700000000000"})");
BENCHMARK_CAPTURE(decode, json_send, gateway::WireFormatId::kJson,
                  R"({"action":"send_message","request_id":"b1-17","room":"den","body":")" + kBody + "\"}");
BENCHMARK_CAPTURE(decode, json_get, gateway::WireFormatId::kJson,
                  R"({"action":"get_messages","request_id":"b1-18","room":"den","page_size":50})");
BENCHMARK_CAPTURE(decode, proto_send, gateway::WireFormatId::kProto, proto_command());

}  // namespace
}  // namespace parley::bench
