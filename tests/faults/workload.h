// The writers and readers of a fault run, on an I/O thread of their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/faults/client.h"
#include "tests/faults/codec.h"
#include "tests/faults/grpc_calls.h"
#include "tests/faults/liveness.h"

namespace parley::faults {

struct WorkloadOptions {
  std::uint64_t seed = 1;
  std::vector<std::uint16_t> gateway_ports;
  std::vector<std::uint16_t> backend_ports;
  std::size_t rooms = 4;
  // Of each wire format (tutorial, JSON, protobuf) and of the gRPC API.
  std::size_t writers_each = 2;
  std::size_t readers_each = 3;
  std::chrono::milliseconds interval{60};  // between two messages of one writer
};

struct Counts {
  std::size_t messages = 0;
  std::size_t acknowledged = 0;
  std::size_t unanswered = 0;  // attempts
  std::size_t seen = 0;
  std::size_t resets = 0;
};

// Used by one thread; answers are read on the I/O thread, so that calls wait for it for a moment.
class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);
  ~Workload();

  Liveness live_since(SteadyTime time);
  // No new messages; what is unanswered is tried again.
  void finish_writing();
  // Writers that still wait for an answer.
  std::vector<std::string> unsettled();
  // Readers that have not reached the heads, by room.
  std::vector<std::string> behind(const std::map<std::string, std::int64_t>& heads);
  // Ends every client. The history is complete then.
  void end();

  // After end().
  const History& history() const { return history_; }
  Counts counts() const;

 private:
  void add_writers(Format format, const WorkloadOptions& options);
  void add_readers(Format format, const WorkloadOptions& options);
  void add_grpc_clients(const WorkloadOptions& options);
  void start(std::unique_ptr<Client> client);
  // Runs `work` on the I/O thread and waits for it.
  template <typename Work>
  auto on_io_thread(Work work);

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  History history_;
  World world_;
  Backends backends_;
  std::vector<std::string> rooms_;
  std::vector<std::string> answered_writers_;  // those that get acknowledgements
  std::vector<std::unique_ptr<Client>> clients_;
  std::size_t running_ = 0;  // clients whose run() has not returned
  std::thread thread_;
};

}  // namespace parley::faults
