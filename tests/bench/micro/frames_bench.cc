// Frames: out to the sockets, and in from a client.
#include <benchmark/benchmark.h>

#include <span>
#include <string>

#include "gateway/wire/frame.h"
#include "gateway/wire/frame_reader.h"
#include "gateway/wire/wire_format.h"
#include "tests/bench/frames.h"
#include "tests/bench/micro/samples.h"

namespace parley::bench {
namespace {

void make_frame(benchmark::State& state) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(gateway::make_frame(gateway::Opcode::kBinary, payload));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(make_frame)->Arg(100)->Arg(4'000);

void encode_push(benchmark::State& state, gateway::WireFormatId id) {
  chat::v1::Push push;
  *push.mutable_event() = sample_event(7);
  const gateway::WireFormat& format = gateway::wire_format(id);
  for (auto _ : state) benchmark::DoNotOptimize(format.encode_push(push));
}
BENCHMARK_CAPTURE(encode_push, tutorial, gateway::WireFormatId::kTutorial);
BENCHMARK_CAPTURE(encode_push, json, gateway::WireFormatId::kJson);
BENCHMARK_CAPTURE(encode_push, proto, gateway::WireFormatId::kProto);

// A message's way through the reader, which unmasks where it lies: with a mask of zeros it stays what it was.
void read_frame(benchmark::State& state) {
  const Opcode opcode = state.range(1) == 0 ? Opcode::kBinary : Opcode::kText;
  std::string bytes = client_frame(opcode, std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  gateway::FrameReader reader(128UL * 1024);
  for (auto _ : state) {
    std::span<char> input(bytes);
    benchmark::DoNotOptimize(reader.next(input));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_frame)->ArgNames({"bytes", "text"})->Args({150, 0})->Args({150, 1})->Args({4'000, 0})->Args({4'000, 1});

}  // namespace
}  // namespace parley::bench
