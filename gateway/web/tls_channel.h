// One TLS connection over a socket that is never waited for in here.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>

#include "common/openssl_ptr.h"
#include "gateway/web/tls_context.h"

namespace parley::gateway {

// The server's side, on one thread. The handshake is part of the first read.
class TlsChannel {
 public:
  // What one record holds (RFC 8446, section 5.1): more in one write gains nothing.
  static constexpr std::size_t kRecordBytesMax = 16'384;

  enum class Progress {
    kDone,
    kWantsRead,   // the peer has to send something first
    kWantsWrite,  // the socket has to take something first
    kEnded,       // the connection is at its end, or broken
  };
  struct Result {
    Progress progress;
    std::size_t count;  // bytes, with kDone
  };

  // `descriptor`: a connected, non-blocking socket, which stays its owner's and outlives the channel.
  TlsChannel(const TlsContext& context, int descriptor);

  // What one record brought, as far as it fits.
  Result read(std::span<char> buffer);
  // After kWantsWrite the next call brings the same bytes again, from any place, and may bring more behind them.
  Result write(std::span<const char> bytes);
  // Decrypted bytes that did not fit are here: waiting for the socket would be in vain.
  bool has_unread() const { return SSL_pending(ssl_.get()) > 0; }
  // Tells the peer that nothing more comes (close_notify), if the socket takes it now.
  void end_writing();

 private:
  Result outcome(int returned, std::size_t count) const;

  const std::unique_ptr<SSL, OpensslDelete<SSL_free>> ssl_;
};

}  // namespace parley::gateway
