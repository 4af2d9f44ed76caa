// chat-bench-micro: what the functions that every message passes through cost. See its --help for Google Benchmark's
// options.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
