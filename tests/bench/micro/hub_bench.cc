// From the hub to the sockets of a room, without sockets.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/hub/hub_shard.h"
#include "gateway/web/send_queue.h"
#include "tests/bench/micro/samples.h"

namespace parley::bench {
namespace {

class Registry final : public gateway::RegistryPort {
 public:
  void acquire(std::string, gateway::Generation generation) override { last = generation; }
  void release(std::string, gateway::Generation) override {}

  gateway::Generation last = 0;
};

class Reader final : public gateway::Subscriber {
 public:
  const gateway::WireFormat& format() const override { return gateway::wire_format(gateway::WireFormatId::kProto); }
  bool offer(const gateway::Frame& frame) override {
    bytes += frame->size();
    return true;
  }
  void room_ready(const std::string&, std::uint64_t given, const gateway::pb::StreamPosition&) override {
    token = given;
  }
  void room_refused(const std::string&, const absl::Status&) override {}
  void room_lost(const std::string&, const gateway::pb::StreamPosition&) override {}

  std::uint64_t token = 0;
  std::size_t bytes = 0;
};

// `range(0)` readers, `range(1)` events that came together. Time is a round's, an item is a delivery.
void deliver(benchmark::State& state) {
  const auto readers = static_cast<std::size_t>(state.range(0));
  const auto together = static_cast<std::size_t>(state.range(1));
  Registry registry;
  const SystemClock clock;
  gateway::HubShard shard(registry, 1UL << 20U, clock);
  std::vector<std::unique_ptr<Reader>> sockets;
  const gateway::pb::StreamPosition begin = sample_event(0).position();
  for (std::size_t index = 0; index < readers; ++index) {
    Reader& reader = *sockets.emplace_back(std::make_unique<Reader>());
    shard.subscribe(reader, kSampleRoom);
    if (index == 0) shard.room_live(kSampleRoom, registry.last, begin);
    shard.resumed(reader, kSampleRoom, reader.token, begin);
  }
  std::int64_t offset = 0;
  std::vector<gateway::RoomEventPtr> events(together);
  for (auto _ : state) {
    state.PauseTiming();
    for (gateway::RoomEventPtr& event : events) event = sample_room_event(++offset);
    state.ResumeTiming();
    shard.room_events(events);
  }
  if (sockets.back()->bytes == 0) state.SkipWithError("nothing was delivered");
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
  for (const std::unique_ptr<Reader>& socket : sockets) shard.remove(*socket);
}
BENCHMARK(deliver)
    ->ArgNames({"readers", "events"})
    ->Args({10, 1})
    ->Args({1'000, 1})
    ->Args({1'000, 10})
    ->Args({10'000, 1});

}  // namespace
}  // namespace parley::bench
