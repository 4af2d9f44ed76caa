#include "common/grpc_timers.h"

#include <grpc/grpc.h>

#include <chrono>

// Exported by libgrpc, but in no public header: src/core/lib/iomgr/timer_manager.h. Thread-safe.
void grpc_timer_manager_tick();

namespace parley {
namespace {

constexpr std::chrono::milliseconds kInterval(100);

}  // namespace

GrpcTimers::GrpcTimers() : tick_(kInterval, [] { grpc_timer_manager_tick(); }) {}

GrpcTimers::Library::Library() { grpc_init(); }
GrpcTimers::Library::~Library() { grpc_shutdown(); }

}  // namespace parley
