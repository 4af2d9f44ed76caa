// Calls to backends as a gateway makes them, without the rest of a gateway.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/errors.h"
#include "common/grpc_status.h"
#include "common/random.h"
#include "gateway/backend/backend_pool.h"
#include "gateway/backend/grpc_chat_calls.h"
#include "gateway/web/io_thread.h"
#include "tests/support/fake_backend.h"
#include "tests/unit/gateway/support/gateway_fixture.h"

namespace parley::test {

inline grpc::Status failure(absl::StatusCode code, std::string_view reason) {
  return to_grpc_status(make_error(code, reason, "as the test wants it"));
}

// All calls of that backend wait until they are released, and go through then. Ends before the backend does.
class HeldCalls {
 public:
  explicit HeldCalls(FakeBackend& backend) {
    const std::shared_future<void> released = released_.get_future().share();
    backend.set_interceptor([released](const std::string&) {
      released.wait();
      return grpc::Status::OK;
    });
  }
  void release() { released_.set_value(); }

 private:
  std::promise<void> released_;
};

struct CallLimits {
  std::chrono::milliseconds deadline{5'000};
  std::size_t sends_waiting_max = 1'000;
  std::size_t calls_under_way_max = 1'000;
};

class BackendCallsTest : public testing::Test {
 protected:
  ~BackendCallsTest() override {
    if (calls == nullptr) return;
    calls->stop();
    EXPECT_TRUE(eventually([this] { return calls->calls_under_way() == 0; }));
    thread.stop();
  }

  void start(const std::vector<std::string>& addresses, const CallLimits& limits = {}) {
    pool = std::make_unique<gateway::BackendPool>(addresses);
    calls = std::make_unique<gateway::GrpcChatCalls>(*pool, thread.context(), random, limits.deadline,
                                                     limits.sends_waiting_max, limits.calls_under_way_max);
    thread.start();
  }

  SystemClock clock;
  SystemRandom random;
  gateway::IoThread thread{clock, std::chrono::milliseconds(100)};
  std::unique_ptr<gateway::BackendPool> pool;
  std::unique_ptr<gateway::GrpcChatCalls> calls;
};

}  // namespace parley::test
