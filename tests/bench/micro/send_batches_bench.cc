// Which messages share a transaction.
#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "backend/postgres/send_batches.h"

namespace parley::bench {
namespace {

// `range(0)` messages in `range(1)` rooms come and are taken, batch by batch of 256 at most. An item is a message.
void add_and_take(benchmark::State& state) {
  backend::SendBatches batches(256, 1UL << 20U);
  std::vector<std::string> rooms;
  for (std::int64_t room = 0; room < state.range(1); ++room) rooms.push_back("room-" + std::to_string(room));
  for (auto _ : state) {
    for (std::int64_t count = 0; count < state.range(0); ++count) {
      backend::PendingSend send;
      send.request.set_room(rooms[static_cast<std::size_t>(count % state.range(1))]);
      if (!batches.add(send)) state.SkipWithError("refused");
    }
    while (batches.has_ready()) {
      const backend::SendBatch batch = batches.take();
      batches.finish(batch);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(add_and_take)
    ->ArgNames({"messages", "rooms"})
    ->Args({1, 1})
    ->Args({256, 1})
    ->Args({256, 10})
    ->Args({1'024, 1'000});

}  // namespace
}  // namespace parley::bench
