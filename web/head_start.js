// The page's first script, which web/pack-site puts into index.html itself: what can begin while the browser still gets
// the program's files. The program finds it in `headStart`.
window.headStart = {};

// The room's socket, whose address asks for the room's messages as well: the program takes it over if that is the address
// that it wants (RoomChat::link_query, web/net/browser_transport.cc), and closes it otherwise. Who we are and what we are
// called the server knows by its cookie.
try {
  if (navigator.onLine) {
    const named = /^\/r\/([a-z0-9][a-z0-9_-]*)$/.exec(location.pathname);
    const address = (location.protocol == 'https:' ? 'wss://' : 'ws://') + location.host + '/ws?room=' +
        (named ? named[1] : 'lobby') + '&subscribe=c1&page_size=100';
    const socket = new WebSocket(address, 'chat.v1.proto');
    const events = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = socket.onmessage = socket.onclose = (event) => events.push(event);
    headStart.early = { socket, address, events };
  }
  // The browser gets this site's storage from its disk when somebody looks into it first, and everything waits for that:
  // better now than later.
  localStorage.length;
} catch (forbidden) {
  // No WebSocket or no storage: then the program has none either.
}

// The clock's format depends on tables of its language: it takes as long to make as drawing a screenful
// (web/dom/browser_local_time.cc).
headStart.clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

// Who waits for longer than this sees that something is coming; before that it would only be drawn in vain.
setTimeout(() => {
  document.getElementById('app').hidden = false;
}, 150);
