// The store on PostgreSQL. libpqxx's exceptions end in this folder.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "backend/chat/api_token.h"
#include "backend/chat/store.h"
#include "backend/postgres/connection_writer.h"
#include "backend/postgres/group_commit.h"
#include "backend/postgres/history_reader.h"
#include "backend/postgres/message_sender.h"
#include "backend/postgres/worker_pool.h"
#include "common/clock.h"
#include "common/logger.h"

namespace parley::backend {

struct PostgresStoreOptions {
  std::string connection_string = {};  // from make_connection_string()
  std::size_t workers = 6;
  std::size_t queue_max = 4096;
  std::size_t batch_messages_max = 512;
  std::size_t batch_connections_max = 200;  // that begin, or that end
  ReadLimits reads = {};
  std::chrono::milliseconds lease{15'000};
  std::chrono::milliseconds slow_request{1'000};  // what takes longer is logged as a warning; 0 for none
};

// See Store. Answers DATABASE_UNAVAILABLE until open(), which is to be called when the schema is there.
class PostgresStore final : public Store, public ApiTokenSource {
 public:
  // `clock` and `logger` outlive the store.
  PostgresStore(const PostgresStoreOptions& options, const Clock& clock, const Logger& logger);

  void open() { pool_.open(); }
  // Fails what waits with SHUTTING_DOWN, lets what runs end. No completion is called after this returns.
  void stop() { pool_.stop(); }

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
  void read_api_tokens(Completion<std::vector<ApiToken>> done) override;

  const DatabaseMetrics& metrics() const { return metrics_; }
  std::size_t workers() const { return pool_.workers(); }
  // Requests that wait for a worker, and messages that wait for a group commit.
  std::size_t requests_waiting() const { return pool_.waiting(); }
  std::size_t messages_waiting() const { return sender_.waiting(); }

 private:
  // How a request's statements belong together, see Session.
  using Method = Failure (Session::*)(const Session::WorkFunction&);

  // Runs `work`, a function of a transaction that returns a Result, on a worker.
  template <typename Result, typename Work>
  void run(Method method, const CallLimit& limit, Completion<Result> done, Work work);
  // Of a connection whose Connect was not answered.
  void end_connection(pb::DisconnectRequest request, CallLimit limit, Completion<RemovedConnection> done);

  const ReadLimits read_limits_;
  const std::chrono::milliseconds lease_;
  const Logger logger_;
  const RequestLog requests_;
  DatabaseMetrics metrics_;
  WorkerPool pool_;
  MessageSender sender_;
  GroupCommit<PendingConnect, StoredConnection> connects_;
  GroupCommit<PendingDisconnect, RemovedConnection> disconnects_;
};

}  // namespace parley::backend
