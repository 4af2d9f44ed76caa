#include "web/net/browser_transport.h"

#include <emscripten/emscripten.h>

#include "web/net/browser_text.h"

// clang-format off
// Takes over the socket that web/head_start.js has opened, if it leads to this address. What it has heard meanwhile is
// told when the program has returned, before anything else.
// A text message is no frame of this protocol: it arrives as one byte that is none either.
EM_JS(void, parley_socket_open, (void* transport, const char* url), {
  const address = UTF8ToString(url);
  const early = headStart.early;
  headStart.early = null;
  const taken = early && early.address == address;
  if (early && !taken) {
    early.socket.onopen = early.socket.onmessage = early.socket.onclose = null;
    early.socket.close();
  }
  const socket = taken ? early.socket : new WebSocket(address, 'chat.v1.proto');
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => _parley_socket_opened(transport);
  socket.onmessage = (event) => {
    const bytes = typeof event.data == 'string' ? new Uint8Array([255]) : new Uint8Array(event.data);
    const buffer = _parley_text_buffer(bytes.length);
    HEAPU8.set(bytes, buffer);
    _parley_socket_received(transport, bytes.length);
  };
  socket.onclose = (event) => {
    Module['socket'] = null;
    _parley_socket_closed(transport, event.code);
  };
  Module['socket'] = socket;
  if (!taken) return;
  queueMicrotask(() => {
    for (const event of early.events) {
      if (socket['on' + event.type]) socket['on' + event.type](event);
    }
  });
})

EM_JS(void, parley_socket_send, (const char* bytes, int count), {
  const socket = Module['socket'];
  if (socket && socket.readyState == 1) socket.send(HEAPU8.slice(bytes, bytes + count));
})

EM_JS(void, parley_socket_close, (), {
  const socket = Module['socket'];
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  Module['socket'] = null;
  socket.close();
})
// clang-format on

namespace parley::web {

void BrowserTransport::open(std::string_view query) {
  close();
  std::string url = url_;
  if (!query.empty()) url.append("?").append(query);
  parley_socket_open(this, url.c_str());
}

void BrowserTransport::send(std::string_view bytes) {
  parley_socket_send(bytes.data(), static_cast<int>(bytes.size()));
}

void BrowserTransport::close() { parley_socket_close(); }

}  // namespace parley::web

using parley::web::BrowserTransport;

extern "C" EMSCRIPTEN_KEEPALIVE void parley_socket_opened(BrowserTransport* transport) {
  if (transport->listener() != nullptr) transport->listener()->transport_opened();
}

extern "C" EMSCRIPTEN_KEEPALIVE void parley_socket_received(BrowserTransport* transport, int bytes) {
  const std::string message = parley::web::take_browser_text(bytes);
  if (transport->listener() != nullptr) transport->listener()->transport_received(message);
}

extern "C" EMSCRIPTEN_KEEPALIVE void parley_socket_closed(BrowserTransport* transport, int code) {
  if (transport->listener() != nullptr) transport->listener()->transport_closed(code);
}
