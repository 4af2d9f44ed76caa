// Build glue, put behind the compiled page: what can begin while the Wasm file is under way.

// The browser reads this site's storage from disk when somebody looks into it first. With the name that is in it, if there
// is one, the room's socket can be opened; the program takes it over if that is the address that it wants, and closes it
// otherwise (web/net/browser_transport.cc). Who we are the server knows by its cookie, which no script can read.
try {
  const name = localStorage.getItem('parley.name');
  if (navigator.onLine) {
    // As the program encodes them (web/model/query.cc).
    const escaped = (mark) => '%' + mark.charCodeAt().toString(16).toUpperCase();
    const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, escaped);
    const named = /^\/r\/([a-z0-9][a-z0-9_-]*)$/.exec(location.pathname);
    const room = named ? named[1] : 'lobby';
    const address = (location.protocol == 'https:' ? 'wss://' : 'ws://') + location.host + '/ws?room=' +
        room + (name ? '&name=' + encoded(name) : '');
    const socket = new WebSocket(address, 'chat.v1.proto');
    const events = [];
    socket.binaryType = 'arraybuffer';
    socket.onmessage = socket.onclose = (event) => events.push(event);
    // What the program says first, so that the room's messages are under way before it runs: its ClientFrame with the
    // request_id c1, which subscribes to the room with a page of 100 (web/model/frames.cc). Should the program say
    // something else, it says that as well, and the subscription begins anew.
    const first = [10, 2, 99, 49, 18, room.length + 4, 10, room.length, ...new TextEncoder().encode(room), 24, 100];
    socket.onopen = (event) => {
      events.push(event);
      socket.send(new Uint8Array(first));
      Module.early.said = first.join();
    };
    Module.early = { socket, address, events };
  }
} catch (forbidden) {
  // No storage: then the program has none either.
}

// The clock's format depends on tables of its language: it takes as long to make as drawing a screenful
// (web/dom/browser_local_time.cc).
Module.clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
