// The fake backend's side of an Attach stream; part of fake_backend.cc.
#pragma once

#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_backend.h"

namespace parley::test {

inline pb::StreamPosition position_of(const FakeStore& store, std::int64_t offset) {
  pb::StreamPosition position;
  position.set_epoch(store.epoch);
  position.set_offset(offset);
  return position;
}

inline pb::Event event_of(const FakeStore& store, const std::string& room, const pb::Message& message) {
  pb::Event event;
  event.set_room(room);
  *event.mutable_position() = position_of(store, message.change_offset());
  *event.mutable_message() = message;
  return event;
}

class FakeBackend::Stream final : public grpc::ServerBidiReactor<pb::AttachRequest, pb::AttachResponse> {
 public:
  explicit Stream(FakeBackend& owner) : owner_(owner) {
    {
      const std::lock_guard lock(owner_.mutex_);
      owner_.streams_.insert(this);
    }
    ++owner_.attaches_;
    StartRead(&read_);
  }

  void send(pb::AttachResponse response) {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    queue_.push_back(std::move(response));
    if (queue_.size() == 1) StartWrite(&queue_.front());
  }
  void end(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    Finish(status);
  }
  bool has_joined(const std::string& room) {
    const std::lock_guard lock(mutex_);
    return rooms_.contains(room);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return end(grpc::Status::OK);
    handle();
    StartRead(&read_);
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (!ok) return;
    queue_.pop_front();
    if (!queue_.empty() && !finished_) StartWrite(&queue_.front());
  }
  void OnCancel() override { end(grpc::Status::CANCELLED); }
  void OnDone() override {
    {
      const std::lock_guard lock(owner_.mutex_);
      owner_.streams_.erase(this);
    }
    delete this;
  }

 private:
  void handle() {
    pb::AttachResponse response;
    switch (read_.command_case()) {
      case pb::AttachRequest::kHello: {
        const std::lock_guard lock(owner_.store_->mutex);
        auto& attached = *response.mutable_attached();
        attached.mutable_lease_duration()->set_nanos(static_cast<int>(owner_.lease.count() % 1000) * 1'000'000);
        attached.mutable_lease_duration()->set_seconds(owner_.lease.count() / 1000);
        attached.set_lease_is_new(owner_.store_->leases.emplace(read_.hello().gateway_id(), "hello").second);
        break;
      }
      case pb::AttachRequest::kJoin: return join();
      case pb::AttachRequest::kLeave: {
        const std::lock_guard lock(mutex_);
        rooms_.erase(read_.leave());
        return;
      }
      case pb::AttachRequest::kHeartbeat:
        ++owner_.heartbeats_;
        if (!owner_.answers_heartbeats) return;
        response.mutable_heartbeat();
        break;
      case pb::AttachRequest::COMMAND_NOT_SET: return;
    }
    send(std::move(response));
  }

  void join() {
    if (!owner_.answers_joins) return;
    const std::string room = read_.join().room();
    std::vector<pb::AttachResponse> answers(1);
    const std::lock_guard order(owner_.store_->order);
    {
      const std::lock_guard lock(owner_.store_->mutex);
      FakeStore& store = *owner_.store_;
      const auto& messages = store.rooms[room].messages;
      const auto head = static_cast<std::int64_t>(messages.size());
      pb::RoomJoined& joined = *answers[0].mutable_joined();
      joined.set_room(room);
      const bool known = read_.join().has_position() && read_.join().position().epoch() == store.epoch;
      joined.set_reset(read_.join().has_position() && !known);
      const std::int64_t from = known ? read_.join().position().offset() : head;
      *joined.mutable_position() = position_of(store, from);
      for (std::int64_t offset = from; offset < head; ++offset) {
        *answers.emplace_back().mutable_event() = event_of(store, room, messages[static_cast<std::size_t>(offset)]);
      }
      const std::lock_guard own(mutex_);
      rooms_.insert(room);
    }
    for (pb::AttachResponse& answer : answers) send(std::move(answer));
  }

  FakeBackend& owner_;
  pb::AttachRequest read_;
  std::mutex mutex_;
  std::deque<pb::AttachResponse> queue_;
  std::set<std::string> rooms_;
  bool finished_ = false;
};

}  // namespace parley::test
