// A socket that is written through a SendQueue, with or without TLS, and never waited for in here.
#pragma once

#include <cstddef>
#include <span>

#include <boost/asio/ip/tcp.hpp>

#include "gateway/web/client_stream.h"
#include "gateway/web/send_queue.h"

namespace parley::gateway {

// On one I/O thread. Reads and writes what the kernel takes or has at once; whoever is told to wait uses socket().
class QueuedSocket {
 public:
  enum class Progress {
    kDone,     // everything that waited has left; some bytes were read
    kBlocked,  // the rest has to wait for the peer
    kEnded,    // the connection is at its end
  };
  struct Read {
    Progress progress;
    std::size_t count;  // bytes, with kDone
  };

  // `queue_bytes_max`: see SendQueue.
  QueuedSocket(ClientStream stream, std::size_t queue_bytes_max);

  boost::asio::ip::tcp::socket& socket() { return stream_.socket(); }
  SendQueue& queue() { return queue_; }
  const SendQueue& queue() const { return queue_; }

  // Writes what waits, in as few system calls as it takes; with TLS, in as few records.
  Progress flush();
  Read read(std::span<char> buffer);
  // We write no more; what was written is still delivered.
  void end_writing();
  // Closes the socket, drops what waits.
  void close();

 private:
  Progress flush_plain();
  Progress flush_records(TlsChannel& tls);
  Read read_plain(std::span<char> buffer);

  ClientStream stream_;
  SendQueue queue_;
};

}  // namespace parley::gateway
