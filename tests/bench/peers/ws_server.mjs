// A broadcast server on npm's `ws`, as its documentation shows one: each text goes to the receivers of its room, which the
// path names; who joins with `?speaks` only speaks. Prints its port.
import { WebSocket, WebSocketServer } from 'ws';

const rooms = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 4096 });

server.on('connection', (socket, { url }) => {
  const [room, speaks] = url.split('?');
  if (!rooms.has(room)) rooms.set(room, new Set());
  const receivers = rooms.get(room);
  if (speaks === undefined) receivers.add(socket);
  socket.on('close', () => receivers.delete(socket));
  socket.on('message', (data) => {
    for (const receiver of receivers) {
      if (receiver.readyState === WebSocket.OPEN) receiver.send(data, { binary: false });
    }
  });
});
server.on('listening', () => console.log(server.address().port));
