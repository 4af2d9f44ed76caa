#include "tests/unit/backend/support/fake_store.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"

namespace parley::backend {
namespace {

absl::Status unavailable() { return make_error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", "gone"); }

}  // namespace

template <typename Result>
void FakeStore::reply(const std::string& operation, Completion<Result> done, absl::StatusOr<Result> result) {
  {
    const std::scoped_lock lock(mutex_);
    ++calls_[operation];
    if (answers_ == Answers::kWhenTold) {
      waiting_.push_back([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
      return;
    }
  }
  done(std::move(result));
}

std::shared_ptr<const pb::Event> FakeStore::event_of(const std::string& room, const pb::Message& message) {
  auto event = std::make_shared<pb::Event>();
  event->set_room(room);
  event->mutable_position()->set_epoch(rooms_[room].epoch);
  event->mutable_position()->set_offset(message.change_offset());
  *event->mutable_message() = message;
  return event;
}

std::shared_ptr<const pb::Event> FakeStore::post(const std::string& room, const std::string& body) {
  const std::scoped_lock lock(mutex_);
  Room& stored = rooms_[room];
  pb::Message& message = stored.messages[++stored.head];
  message.set_room(room);
  message.set_offset(stored.head);
  message.set_change_offset(stored.head);
  message.set_body(body);
  return event_of(room, message);
}

std::shared_ptr<const pb::Event> FakeStore::change(const std::string& room, std::int64_t offset,
                                                   const std::string& body) {
  const std::scoped_lock lock(mutex_);
  Room& stored = rooms_[room];
  pb::Message& message = stored.messages.at(offset);
  message.set_change_offset(++stored.head);
  message.set_body(body);
  return event_of(room, message);
}

void FakeStore::set_epoch(const std::string& room, const std::string& epoch, std::int64_t head) {
  const std::scoped_lock lock(mutex_);
  Room& stored = rooms_[room];
  stored.epoch = epoch;
  stored.head = head;
  std::erase_if(stored.messages, [head](const auto& entry) { return entry.first > head; });
}

void FakeStore::set_present(const std::string& room, const std::vector<std::string>& names) {
  const std::scoped_lock lock(mutex_);
  pb::Presence& presence = rooms_[room].presence;
  presence.Clear();
  for (const std::string& name : names) presence.add_authors()->set_name(name);
  presence.set_author_count(static_cast<int>(names.size()));
}

void FakeStore::fail_reads(bool fail) {
  const std::scoped_lock lock(mutex_);
  fail_reads_ = fail;
}

std::size_t FakeStore::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

bool FakeStore::answer(std::size_t index) {
  absl::AnyInvocable<void()> next;
  {
    const std::scoped_lock lock(mutex_);
    if (index >= waiting_.size()) return false;
    next = std::move(waiting_[index]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  next();
  return true;
}

void FakeStore::answer_all() {
  while (answer()) {
  }
}

int FakeStore::calls(const std::string& operation) const {
  const std::scoped_lock lock(mutex_);
  const auto found = calls_.find(operation);
  return found == calls_.end() ? 0 : found->second;
}

pb::StreamPosition FakeStore::head_of(const std::string& room) {
  pb::StreamPosition head;
  head.set_epoch(rooms_[room].epoch);
  head.set_offset(rooms_[room].head);
  return head;
}

void FakeStore::connect(pb::ConnectRequest request, CallLimit limit, Completion<StoredConnection> done) {
  StoredConnection stored{.author = request.author(), .is_new = false, .left_rooms = {}};
  {
    const std::scoped_lock lock(mutex_);
    limits_seen.push_back(limit);
    stored.is_new = connections_.insert(request.connection_id()).second;
  }
  reply<StoredConnection>("connect", std::move(done), std::move(stored));
}

void FakeStore::disconnect(pb::DisconnectRequest request, CallLimit, Completion<RemovedConnection> done) {
  RemovedConnection removed;
  {
    const std::scoped_lock lock(mutex_);
    removed.existed = connections_.erase(request.connection_id()) > 0;
  }
  reply<RemovedConnection>("disconnect", std::move(done), removed);
}

void FakeStore::set_name(pb::SetNameRequest request, CallLimit, Completion<pb::Author> done) {
  pb::Author author;
  author.set_author_id("someone");
  author.set_name(request.name());
  reply<pb::Author>("set_name", std::move(done), std::move(author));
}

void FakeStore::send_message(pb::SendMessageRequest request, CallLimit limit, Completion<StoredMessage> done) {
  StoredMessage stored;
  {
    const std::scoped_lock lock(mutex_);
    limits_seen.push_back(limit);
    names_held[request.request_id()] = request.name_is_held();
  }
  if (const auto failure = failing_sends.find(request.request_id()); failure != failing_sends.end()) {
    return reply<StoredMessage>("send_message", std::move(done), failure->second);
  }
  {
    const std::scoped_lock lock(mutex_);
    Room& room = rooms_[request.room()];
    const auto repeat = std::find_if(room.messages.begin(), room.messages.end(), [&](const auto& entry) {
      return entry.second.request_id() == request.request_id();
    });
    stored.is_new = repeat == room.messages.end();
    pb::Message& message = stored.is_new ? room.messages[++room.head] : repeat->second;
    if (stored.is_new) {
      message.set_room(request.room());
      message.set_offset(room.head);
      message.set_change_offset(room.head);
      message.set_request_id(request.request_id());
      message.set_body(request.body());
      *message.mutable_author() = request.author();
    }
    stored.message = message;
    stored.epoch = room.epoch;
  }
  reply<StoredMessage>("send_message", std::move(done), std::move(stored));
}

void FakeStore::read_history(HistoryQuery query, CallLimit, Completion<HistoryPage> done) {
  HistoryPage page;
  {
    const std::scoped_lock lock(mutex_);
    auto& messages = rooms_[query.room].messages;
    auto next = messages.lower_bound(query.before_offset);
    while (next != messages.begin() && static_cast<int>(page.messages.size()) < query.page_size) {
      page.messages.insert(page.messages.begin(), (--next)->second);
    }
    page.has_earlier = next != messages.begin();
  }
  reply<HistoryPage>("read_history", std::move(done), std::move(page));
}

void FakeStore::resume(ResumeQuery query, CallLimit, Completion<ResumePage> done) {
  ResumePage page;
  {
    const std::scoped_lock lock(mutex_);
    page.head = head_of(query.room);
    page.reset = true;
    if (query.with_presence) page.presence = rooms_[query.room].presence;
  }
  reply<ResumePage>("resume", std::move(done), std::move(page));
}

void FakeStore::read_changes(ChangesQuery query, Completion<ChangesPage> done) {
  absl::StatusOr<ChangesPage> page = ChangesPage();
  {
    const std::scoped_lock lock(mutex_);
    page->head = head_of(query.room);
    const std::int64_t gap = page->head.offset() - query.position.offset();
    page->reset = query.position.epoch() != page->head.epoch() || gap < 0 || gap > changes_max;
    page->complete_to = page->head.offset();
    std::map<std::int64_t, pb::Message> by_change;
    for (const auto& [offset, message] : rooms_[query.room].messages) {
      if (!page->reset && message.change_offset() > query.position.offset())
        by_change[message.change_offset()] = message;
    }
    for (const auto& [change_offset, message] : by_change) {
      if (page->messages.size() == page_messages_max) break;
      page->messages.push_back(message);
    }
    if (!page->messages.empty()) page->complete_to = page->messages.back().change_offset();
    if (fail_reads_) page = unavailable();
  }
  reply<ChangesPage>("read_changes", std::move(done), std::move(page));
}

void FakeStore::read_heads(std::vector<std::string> rooms, Completion<Heads> done) {
  absl::StatusOr<Heads> heads = Heads();
  {
    const std::scoped_lock lock(mutex_);
    for (const std::string& room : rooms) (*heads)[room] = head_of(room);
    if (fail_reads_) heads = unavailable();
  }
  reply<Heads>("read_heads", std::move(done), std::move(heads));
}

void FakeStore::read_presence(std::vector<std::string> rooms, Completion<Presences> done) {
  absl::StatusOr<Presences> presences = Presences();
  {
    const std::scoped_lock lock(mutex_);
    for (const std::string& room : rooms) (*presences)[room] = rooms_[room].presence;
    if (fail_reads_) presences = unavailable();
  }
  reply<Presences>("read_presence", std::move(done), std::move(presences));
}

void FakeStore::take_lease(std::string, Completion<LeaseState> done) {
  reply<LeaseState>("take_lease", std::move(done), next_lease);
  if (after_lease) after_lease();
}

void FakeStore::renew_lease(std::string, std::int64_t, Completion<Renewal> done) {
  reply<Renewal>("renew_lease", std::move(done), next_renewal.load());
}

void FakeStore::reap(Completion<Reaped> done) {
  Reaped reaped;
  if (!next_reaped.empty()) {
    reaped = next_reaped.front();
    next_reaped.pop_front();
  }
  reply<Reaped>("reap", std::move(done), std::move(reaped));
}

}  // namespace parley::backend
