// The sending half of a server's stream: one write in flight, the next one only when that is done.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "backend/api/api_metrics.h"
#include "backend/api/call_authority.h"
#include "backend/api/call_gate.h"
#include "backend/api/stream_registry.h"
#include "common/errors.h"
#include "common/grpc_status.h"

namespace parley::backend {

// What streams need to know about the server. Outlives all streams.
struct StreamEnvironment {
  CallGate& gate;
  StreamRegistry& registry;
  const CallAuthority& authority;
  CallNotes notes;
};

// `Reactor` is one of gRPC's server reactors that write `Response`. Owns itself until gRPC is done with it; whoever
// calls back later holds a weak_ptr. Thread-safe.
template <typename Reactor, typename Response>
class OutgoingStream : public Reactor,
                       public EndableStream,
                       public std::enable_shared_from_this<OutgoingStream<Reactor, Response>> {
 public:
  explicit OutgoingStream(StreamEnvironment& environment) : environment_(environment) {}

  // Finishes with `status` as soon as the write under way is done. The first call counts.
  void end(absl::Status status) override {
    {
      const std::scoped_lock lock(mutex_);
      if (!final_.has_value()) final_ = std::move(status);
    }
    pump();
  }

  // Writes what there is to write.
  void pump() {
    std::unique_lock lock(mutex_);
    if (writing_ || finished_) return;
    if (!final_.has_value() && next(response_)) {
      writing_ = true;
      lock.unlock();
      this->StartWrite(&response_);
    } else if (final_.has_value()) {
      finished_ = true;
      const absl::Status status = *final_;
      lock.unlock();
      this->Finish(to_grpc_status(status));
    }
  }

  void OnWriteDone(bool ok) override {
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
      if (!ok && !final_.has_value()) final_ = absl::CancelledError("the peer has gone");
    }
    pump();
  }

  void OnCancel() override { end(absl::CancelledError("the peer has gone")); }

  void OnDone() override {
    environment_.registry.remove(this);
    closed();
    if (entered_) environment_.gate.leave();
    const auto last = std::move(self_);
  }

 protected:
  // Registers `stream` and keeps it until OnDone, if its caller was admitted. False: it is being ended.
  bool open(std::shared_ptr<OutgoingStream> stream, const absl::StatusOr<CallCaller>& caller) {
    self_ = std::move(stream);
    entered_ = environment_.gate.enter();
    absl::Status added = caller.ok() ? environment_.registry.add(self_, *caller) : caller.status();
    if (added.ok() && !entered_) {
      added = make_error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "this backend is shutting down");
    }
    // The token may have been revoked just before the registry knew of the stream.
    if (added.ok()) added = environment_.authority.check_again(*caller);
    if (added.ok()) return true;
    environment_.notes.refused("stream", {}, added);
    end(std::move(added));
    return false;
  }

  // Fills in the next response, if there is one; may set final_ instead. Called under mutex().
  virtual bool next(Response& response) = 0;
  // The last call: no callback comes any more.
  virtual void closed() = 0;

  const CallNotes& notes() const { return environment_.notes; }
  std::mutex& mutex() { return mutex_; }
  bool is_finished() const { return finished_; }  // under mutex()
  std::optional<absl::Status> final_;             // under mutex()

 private:
  StreamEnvironment& environment_;
  std::mutex mutex_;
  Response response_;
  bool writing_ = false;
  bool finished_ = false;
  bool entered_ = false;
  std::shared_ptr<OutgoingStream> self_;
};

}  // namespace parley::backend
