// Tells ThreadSanitizer how gRPC hands an operation from the thread that starts it to the one that completes it.
// Debian's gRPC is not instrumented, and does that by atomics and queues without locks, which absl_locks.cc does not
// see: what our code, or gRPC's headers in it, writes before it starts an operation would look like a race with what
// the completion reads. Told is only that one order, of a start before its own completion. Whatever passes from one
// operation to another needs a lock or an atomic of ours, as ever. These definitions take precedence over the
// library's, which they call.
#include <absl/status/status.h>
#include <grpc/grpc.h>
#include <grpcpp/support/server_callback.h>
#include <link.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "tests/sanitizers/interposed.h"

using parley::test::original;

namespace {

struct Range {
  std::uintptr_t begin;
  std::uintptr_t end;
};

int add_code(dl_phdr_info* module, std::size_t /*size*/, void* ranges) {
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const auto& segment = module->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const std::uintptr_t begin = module->dlpi_addr + segment.p_vaddr;
    static_cast<std::vector<Range>*>(ranges)->push_back({begin, begin + segment.p_memsz});
  }
  return 0;
}

bool is_code(std::uintptr_t address) {
  static const std::vector<Range> kRanges = [] {
    std::vector<Range> ranges;
    dl_iterate_phdr(add_code, &ranges);
    return ranges;
  }();
  for (const Range& range : kRanges) {
    if (range.begin <= address && address < range.end) return true;
  }
  return false;
}

// The tag of an operation of the callback API is a functor, whose first word points to code. That of the others is an
// object with virtual functions, whose first word points to data; the queue returns it, and it is compared by its
// address.
bool is_functor(const void* tag) { return is_code(*static_cast<const std::uintptr_t*>(tag)); }

// Takes the place of the functor until the operation is complete.
struct ToldFunctor : grpc_completion_queue_functor {
  explicit ToldFunctor(grpc_completion_queue_functor* told) : grpc_completion_queue_functor(), functor(told) {
    functor_run = &ToldFunctor::run;
    inlineable = told->inlineable;
  }

  static void run(grpc_completion_queue_functor* self, int ok) {
    auto* const told = static_cast<ToldFunctor*>(self);
    __tsan_acquire(told);
    grpc_completion_queue_functor* const functor = told->functor;
    delete told;
    functor->functor_run(functor, ok);
  }

  grpc_completion_queue_functor* functor;
};

}  // namespace

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, std::size_t count, void* tag,
                                      void* reserved) {
  static auto* const kStart = original<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  if (tag == nullptr) return kStart(call, ops, count, tag, reserved);
  if (!is_functor(tag)) {
    __tsan_release(tag);
    return kStart(call, ops, count, tag, reserved);
  }
  auto* const told = new ToldFunctor(static_cast<grpc_completion_queue_functor*>(tag));
  __tsan_release(told);
  const grpc_call_error error = kStart(call, ops, count, told, reserved);
  if (error != GRPC_CALL_OK) delete told;
  return error;
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline, void* reserved) {
  static auto* const kNext = original<decltype(grpc_completion_queue_next)>("grpc_completion_queue_next");
  const grpc_event event = kNext(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE && event.tag != nullptr) __tsan_acquire(event.tag);
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag, gpr_timespec deadline, void* reserved) {
  static auto* const kPluck = original<decltype(grpc_completion_queue_pluck)>("grpc_completion_queue_pluck");
  const grpc_event event = kPluck(queue, tag, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE && event.tag != nullptr) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"

// What gRPC's own threads run, OnDone and OnCancel of a server's calls and OnDone of a client's above all, is a
// closure, whose type is in no public header (src/core/lib/iomgr/closure.h and executor.h).
struct grpc_closure {
  void* next;
  void (*run)(void* argument, absl::Status error);
  void* argument;
  std::uintptr_t error;
};

namespace {

// What a closure does, until it does it. It may be run again then, so it gets its own back before. The library hands
// closures of its own over too, in ways that are not seen: not to be looked at.
struct ToldClosure {
  [[gnu::no_sanitize_thread]] static void run(void* argument, absl::Status error) {
    auto* const told = static_cast<ToldClosure*>(argument);
    __tsan_acquire(told);
    grpc_closure* const closure = told->closure;
    closure->run = told->own_run;
    closure->argument = told->own_argument;
    delete told;
    closure->run(closure->argument, std::move(error));
  }

  grpc_closure* closure;
  void (*own_run)(void* argument, absl::Status error);
  void* own_argument;
};

}  // namespace

namespace grpc_core {

enum class ExecutorType;
enum class ExecutorJobType;

class Executor {
 public:
  static void Run(grpc_closure* closure, absl::Status error, ExecutorType type, ExecutorJobType job_type);
};

[[gnu::no_sanitize_thread]] void Executor::Run(grpc_closure* closure, absl::Status error, ExecutorType type,
                                               ExecutorJobType job_type) {
  static auto* const kRun = original<decltype(Executor::Run)>(
      "_ZN9grpc_core8Executor3RunEP12grpc_closureN4absl7debian36StatusENS_12ExecutorTypeENS_15ExecutorJobTypeE");
  auto* const told = new ToldClosure{closure, closure->run, closure->argument};
  closure->run = &ToldClosure::run;
  closure->argument = told;
  __tsan_release(told);
  kRun(closure, std::move(error), type, job_type);
}

}  // namespace grpc_core

// The callbacks of a call are counted by atomics. What our programs count is seen, for that code is in gRPC's headers;
// what the library counts is not: it comes to these two when its part was the last.
namespace grpc::internal {

void ServerCallbackCall::ScheduleOnDone(bool inline_ondone) {
  static auto* const kScheduleOnDone =
      original<void(ServerCallbackCall*, bool)>("_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb");
  __tsan_acquire(&callbacks_outstanding_);
  kScheduleOnDone(this, inline_ondone);
}

void ServerCallbackCall::CallOnCancel(ServerReactor* reactor) {
  static auto* const kCallOnCancel = original<void(ServerCallbackCall*, ServerReactor*)>(
      "_ZN4grpc8internal18ServerCallbackCall12CallOnCancelEPNS0_13ServerReactorE");
  // The library counts OnCancel down as soon as it has returned.
  class ToldReactor final : public ServerReactor {
   public:
    ToldReactor(ServerReactor* told, void* count) : reactor_(told), count_(count) {}
    void OnDone() override {}
    void OnCancel() override {
      reactor_->OnCancel();
      __tsan_release(count_);
      delete this;
    }
    bool InternalInlineable() override { return reactor_->InternalInlineable(); }

   private:
    ServerReactor* const reactor_;
    void* const count_;
  };
  __tsan_acquire(&on_cancel_conditions_remaining_);
  kCallOnCancel(this, new ToldReactor(reactor, &callbacks_outstanding_));
}

}  // namespace grpc::internal
