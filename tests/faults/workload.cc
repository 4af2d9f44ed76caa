#include "tests/faults/workload.h"

#include <algorithm>
#include <future>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/absl_view.h"
#include "tests/faults/grpc_reader.h"
#include "tests/faults/grpc_writer.h"
#include "tests/faults/socket_reader.h"
#include "tests/faults/socket_writer.h"
#include "tests/faults/tutorial_reader.h"

namespace parley::faults {
namespace {

constexpr std::size_t kRoomsOfReader = 2;

std::string client_name(std::string_view role, std::string_view kind, std::size_t number) {
  return absl::StrCat(to_absl(role), "-", to_absl(kind), "-", number);
}

}  // namespace

Workload::Workload(const WorkloadOptions& options)
    : work_(context_.get_executor()),
      world_{context_, history_, std::mt19937_64(options.seed), options.gateway_ports, options.backend_ports},
      backends_(options.backend_ports) {
  for (std::size_t index = 1; index <= options.rooms; ++index) rooms_.push_back(absl::StrCat("room-", index));
  for (const Format format : {Format::kTutorial, Format::kJson, Format::kProto}) {
    add_readers(format, options);
    add_writers(format, options);
  }
  add_grpc_clients(options);
  thread_ = std::thread([this] { context_.run(); });
}

Workload::~Workload() { end(); }

void Workload::add_writers(Format format, const WorkloadOptions& options) {
  for (std::size_t index = 0; index < options.writers_each; ++index) {
    WriterOptions writer{
        .name = client_name("writer", name_of(format), index), .rooms = rooms_, .interval = options.interval};
    if (format == Format::kTutorial) writer.rooms = {rooms_[index % rooms_.size()]};
    if (format != Format::kTutorial) answered_writers_.push_back(writer.name);
    start(std::make_unique<SocketWriter>(world_, std::move(writer), format));
  }
}

void Workload::add_readers(Format format, const WorkloadOptions& options) {
  for (std::size_t index = 0; index < options.readers_each; ++index) {
    const std::string name = client_name("reader", name_of(format), index);
    if (format == Format::kTutorial) {
      start(std::make_unique<TutorialReader>(world_, name, rooms_[index % rooms_.size()]));
      continue;
    }
    ReaderOptions reader;
    reader.name = name;
    for (std::size_t room = 0; room < kRoomsOfReader; ++room) {
      reader.rooms.push_back(rooms_[(index + room) % rooms_.size()]);
    }
    start(std::make_unique<SocketReader>(world_, std::move(reader), format));
  }
}

void Workload::add_grpc_clients(const WorkloadOptions& options) {
  for (std::size_t index = 0; index < options.readers_each; ++index) {
    start(std::make_unique<GrpcReader>(world_, client_name("reader", "grpc", index), rooms_, backends_));
  }
  for (std::size_t index = 0; index < options.writers_each; ++index) {
    WriterOptions writer{.name = client_name("writer", "grpc", index), .rooms = rooms_, .interval = options.interval};
    answered_writers_.push_back(writer.name);
    start(std::make_unique<GrpcWriter>(world_, std::move(writer), backends_));
  }
}

void Workload::start(std::unique_ptr<Client> client) {
  ++running_;
  boost::asio::co_spawn(context_, client->run(), [this](const std::exception_ptr& exception) {
    --running_;
    if (exception != nullptr) std::rethrow_exception(exception);
  });
  clients_.push_back(std::move(client));
}

template <typename Work>
auto Workload::on_io_thread(Work work) {
  std::packaged_task<decltype(work())()> task(std::move(work));
  auto result = task.get_future();
  boost::asio::post(context_, std::move(task));
  return result.get();
}

Liveness Workload::live_since(SteadyTime time) {
  return on_io_thread([this, time] { return faults::live_since(history_, answered_writers_, time); });
}

void Workload::finish_writing() {
  on_io_thread([this] {
    for (const auto& client : clients_) client->finish();
  });
}

std::vector<std::string> Workload::unsettled() {
  return on_io_thread([this] {
    std::vector<std::string> names;
    for (const auto& client : clients_) {
      if (!client->is_settled()) names.push_back(client->name());
    }
    return names;
  });
}

std::vector<std::string> Workload::behind(const std::map<std::string, std::int64_t>& heads) {
  return on_io_thread([this, &heads] {
    std::vector<std::string> names;
    for (const auto& client : clients_) {
      for (const auto& [room, head] : heads) {
        const std::optional<std::int64_t> position = client->position(room);
        if (position && *position != head)
          names.push_back(absl::StrCat(client->name(), " in ", room, " at ", *position));
      }
    }
    return names;
  });
}

void Workload::end() {
  if (!thread_.joinable()) return;
  on_io_thread([this] {
    for (const auto& client : clients_) client->end();
    work_.reset();
  });
  thread_.join();
}

Counts Workload::counts() const {
  Counts counts{.messages = history_.messages().size()};
  for (const SentMessage& message : history_.messages()) {
    counts.acknowledged += message.acknowledged ? 1 : 0;
    counts.unanswered += static_cast<std::size_t>(message.unanswered);
  }
  for (const View& view : history_.views()) {
    counts.seen += view.entries.size();
    counts.resets += static_cast<std::size_t>(std::count_if(
        view.entries.begin(), view.entries.end(), [](const Entry& entry) { return entry.kind == EntryKind::kReset; }));
  }
  return counts;
}

}  // namespace parley::faults
