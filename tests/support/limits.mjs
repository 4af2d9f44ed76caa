// node tests/support/limits.mjs: what one gateway and one backend do on this machine, beside the clients and PostgreSQL: the
// figures of docs/operations/scaling.md. A first look, not a benchmark.
import { readFile } from 'node:fs/promises';

import { JsonSocket } from './chat_sockets.mjs';
import { PageClients } from './page_clients.mjs';
import { startSystem, until } from './system.mjs';

const kIdle = 5_000;
const kSenders = 8;
const kOutstanding = 16; // of a sender; below commands_outstanding_max
const kReaders = 500;
const kMs = 8_000;

const residentBytes = async ({ pid }) =>
  1024 * Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]);

const system = await startSystem({
  gatewayOptions: { connections_per_address_max: 10_000, commands_per_second_max: 100_000, frames_per_second_max: 100_000 },
});
const [gateway] = system.gateways;

async function measureIdle() {
  const before = await residentBytes(gateway);
  const clients = new PageClients(kIdle, Array.from({ length: 50 }, (_, index) => `idle-${index}`), gateway, Math.random);
  await clients.connect();
  console.log(`memory of an open socket: ${Math.round(((await residentBytes(gateway)) - before) / kIdle)} bytes`);
  clients.end();
}

// Each sender has so many messages on their way at all times. Acknowledged messages a second.
async function send(rooms) {
  let acknowledged = 0;
  const senders = await Promise.all(Array.from({ length: kSenders }, (_, index) =>
    JsonSocket.connect(gateway, `?room=${rooms[index % rooms.length]}&author_id=sender-${index}`)));
  const began = performance.now();
  for (const [index, socket] of senders.entries()) {
    const next = () => socket.sendRaw(JSON.stringify({
      action: 'send_message', request_id: socket.nextRequestId(), room: rooms[index % rooms.length], body: 'x'.repeat(100),
    }));
    socket.ws.on('message', () => {
      if (!socket.frames.pop().reply) return;
      acknowledged += 1;
      if (performance.now() - began < kMs) next();
    });
    for (let count = 0; count < kOutstanding; ++count) next();
  }
  await until('the senders to end', () => performance.now() - began > kMs + 500);
  for (const socket of senders) await socket.close();
  return (1000 * acknowledged) / kMs;
}

async function measureFanOut() {
  let seen = 0;
  const readers = [];
  for (let index = 0; index < kReaders; ++index) {
    const socket = await JsonSocket.connect(gateway, '?room=fan-out');
    await socket.subscribe('fan-out');
    socket.decode = () => ({}); // counted, not looked at
    socket.ws.on('message', () => {
      seen += 1;
      socket.frames.pop();
    });
    readers.push(socket);
  }
  const rate = await send(['fan-out']);
  console.log(`${kReaders} readers of a room: ${Math.round(rate)} messages/s, ${Math.round((1000 * seen) / kMs)} deliveries/s`);
  for (const { ws } of readers) ws.terminate();
}

try {
  await measureIdle();
  console.log(`one room: ${Math.round(await send(['one']))} acknowledged messages/s`);
  console.log(`eight rooms: ${Math.round(await send(Array.from({ length: 8 }, (_, index) => `many-${index}`)))} acknowledged messages/s`);
  await measureFanOut();
} finally {
  await system.stop();
}
