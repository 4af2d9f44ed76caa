// What waits for one socket.
#include <benchmark/benchmark.h>
#include <sys/uio.h>

#include <array>
#include <span>
#include <string>

#include "gateway/web/send_queue.h"

namespace parley::bench {
namespace {

// `range(0)` frames come, and leave in gathered writes that the kernel takes whole. An item is a frame.
void queue_and_write(benchmark::State& state) {
  const gateway::Frame frame = gateway::make_frame(gateway::Opcode::kBinary, std::string(200, 'x'));
  gateway::SendQueue queue(1UL << 20U);
  std::array<iovec, 64> pieces;
  for (auto _ : state) {
    for (std::int64_t count = 0; count < state.range(0); ++count) queue.offer(frame);
    while (!queue.empty()) {
      std::size_t bytes = 0;
      for (const iovec& piece : queue.gather(pieces)) bytes += piece.iov_len;
      queue.written(bytes);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(queue_and_write)->Arg(1)->Arg(10)->Arg(100)->Arg(1'000);

}  // namespace
}  // namespace parley::bench
