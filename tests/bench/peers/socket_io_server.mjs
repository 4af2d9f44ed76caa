// A broadcast server on npm's `socket.io`, with its own rooms and its default adapter. Prints its port.
import { createServer } from 'node:http';

import { Server } from 'socket.io';

const http = createServer();
const server = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });

server.on('connection', (socket) => {
  const { room, speaks } = socket.handshake.query;
  if (speaks === undefined) socket.join(room);
  socket.on('message', (text) => server.to(room).emit('message', text));
});
http.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => console.log(http.address().port));
