#include "gateway/web/tls_channel.h"

#include <openssl/err.h>

namespace parley::gateway {

TlsChannel::TlsChannel(const TlsContext& context, int descriptor) : ssl_(SSL_new(context.native())) {
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), descriptor) != 1) throw std::bad_alloc();
  SSL_set_accept_state(ssl_.get());
}

TlsChannel::Result TlsChannel::read(std::span<char> buffer) {
  std::size_t count = 0;
  ERR_clear_error();  // SSL_get_error looks at the thread's queue
  const int returned = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
  return outcome(returned, count);
}

TlsChannel::Result TlsChannel::write(std::span<const char> bytes) {
  std::size_t count = 0;
  ERR_clear_error();
  const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
  return outcome(returned, count);
}

TlsChannel::Result TlsChannel::outcome(int returned, std::size_t count) const {
  if (returned == 1) return {Progress::kDone, count};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return {Progress::kWantsRead, 0};
    case SSL_ERROR_WANT_WRITE: return {Progress::kWantsWrite, 0};
    default: return {Progress::kEnded, 0};
  }
}

void TlsChannel::end_writing() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
}

}  // namespace parley::gateway
