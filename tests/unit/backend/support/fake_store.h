// A store in memory, whose answers come when the test says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "backend/chat/store.h"

namespace parley::backend {

// Thread-safe. A read sees the state at the time of the call, as a database's snapshot does; its answer may come later.
class FakeStore final : public Store {
 public:
  enum class Answers { kAtOnce, kWhenTold };

  explicit FakeStore(Answers answers = Answers::kAtOnce) : answers_(answers) {}

  // For the test.
  // Commits a message, as another backend would.
  std::shared_ptr<const pb::Event> post(const std::string& room, const std::string& body = "text");
  // A later state of the message posted at `offset`.
  std::shared_ptr<const pb::Event> change(const std::string& room, std::int64_t offset, const std::string& body);
  void set_epoch(const std::string& room, const std::string& epoch, std::int64_t head);
  void set_present(const std::string& room, const std::vector<std::string>& names);
  void fail_reads(bool fail);
  std::size_t waiting() const;
  // Answers the oldest call, or the one at `index`; false when there is none.
  bool answer(std::size_t index = 0);
  void answer_all();
  // Calls of one operation so far.
  int calls(const std::string& operation) const;

  std::int64_t changes_max = 1'000;  // a larger gap is a reset
  std::size_t page_messages_max = 1'000;

  void connect(pb::ConnectRequest request, CallLimit limit, Completion<StoredConnection> done) override;
  void disconnect(pb::DisconnectRequest request, CallLimit limit, Completion<RemovedConnection> done) override;
  void set_name(pb::SetNameRequest request, CallLimit limit, Completion<pb::Author> done) override;
  void send_message(pb::SendMessageRequest request, CallLimit limit, Completion<StoredMessage> done) override;
  void read_history(HistoryQuery query, CallLimit limit, Completion<HistoryPage> done) override;
  void resume(ResumeQuery query, CallLimit limit, Completion<ResumePage> done) override;
  void read_changes(ChangesQuery query, Completion<ChangesPage> done) override;
  void read_heads(std::vector<std::string> rooms, Completion<Heads> done) override;
  void read_presence(std::vector<std::string> rooms, Completion<Presences> done) override;
  void take_lease(std::string gateway_id, Completion<LeaseState> done) override;
  void renew_lease(std::string gateway_id, std::int64_t lease_number, Completion<Renewal> done) override;
  void reap(Completion<Reaped> done) override;

  // What the next calls answer, set by the test.
  std::vector<CallLimit> limits_seen;
  std::map<std::string, bool> names_held;  // by request_id: what SendMessageRequest.name_is_held said
  LeaseState next_lease;
  std::function<void()> after_lease;  // runs when take_lease has answered, and before it returns
  std::atomic<Renewal> next_renewal = Renewal::kRenewed;
  std::deque<Reaped> next_reaped;
  std::map<std::string, absl::Status> failing_sends;  // by request_id; nothing is stored then

 private:
  struct Room {
    std::string epoch = "e1";
    std::int64_t head = 0;
    std::map<std::int64_t, pb::Message> messages;  // by offset
    pb::Presence presence;
  };

  template <typename Result>
  void reply(const std::string& operation, Completion<Result> done, absl::StatusOr<Result> result);
  pb::StreamPosition head_of(const std::string& room);
  std::shared_ptr<const pb::Event> event_of(const std::string& room, const pb::Message& message);

  const Answers answers_;
  mutable std::mutex mutex_;
  std::map<std::string, Room> rooms_;
  std::set<std::string> connections_;
  bool fail_reads_ = false;
  std::map<std::string, int> calls_;
  std::deque<absl::AnyInvocable<void()>> waiting_;
};

}  // namespace parley::backend
