// Writers and readers on a running system, and what has to be true of them at the end.
import assert from 'node:assert/strict';

import { JsonSocket } from './chat_sockets.mjs';
import { until } from './system.mjs';

// Sends until told to stop, each message again with its request_id until it is acknowledged.
export class Writer {
  acknowledged = [];
  failures = []; // errors and lost sockets on the way
  #stopping = false;

  constructor(gateway, room, name) {
    Object.assign(this, { gateway, room, name });
  }

  async start() {
    const query = `?room=${this.room}&name=${this.name}&author_id=${this.name}`;
    this.socket = await JsonSocket.connect(this.gateway, query);
    this.lost = new Promise((resolve) => this.socket.ws.once('close', () => resolve(null)));
    this.done = this.#run();
  }

  async #run() {
    for (let number = 1; !this.#stopping; ++number) {
      const body = `${this.name}-${number}`;
      await until(`${body} to be acknowledged`, async () => {
        const reply = await Promise.race([this.socket.sendMessage(this.room, body, body), this.lost]);
        if (reply?.error) assert.equal(reply.error.retryable, true, JSON.stringify(reply.error));
        if (!reply?.send_message) this.failures.push(reply?.error ?? 'the socket was lost');
        return reply?.send_message;
      });
      this.acknowledged.push(body);
    }
  }

  async stop() {
    this.#stopping = true;
    await this.done;
    await this.socket.close();
  }
}

// `count` writers in a room, taking the gateways in turn.
export async function startWriters(gateways, room, count) {
  const writers = Array.from({ length: count }, (_, index) =>
    new Writer(gateways[index % gateways.length], room, `w${index}`));
  for (const writer of writers) await writer.start();
  return writers;
}

// Two sockets on each gateway that receive a room's events.
export async function startReaders(gateways, room) {
  const sockets = [];
  for (const gateway of [...gateways, ...gateways]) {
    const socket = await JsonSocket.connect(gateway, `?room=${room}&name=Reader`);
    await socket.subscribe(room);
    sockets.push(socket);
  }
  return sockets;
}

export const untilAcknowledged = (writers, count) =>
  until(`${count} more messages`, () => writers.every(({ acknowledged }) => acknowledged.length >= count));

// From now on every writer gets `count` more acknowledged.
export async function untilMoreAcknowledged(writers, count) {
  const reached = Math.max(...writers.map(({ acknowledged }) => acknowledged.length));
  await untilAcknowledged(writers, reached + count);
}

export async function expectAllAcknowledgedOnce(system, room, writers, sockets) {
  const stored = (await system.query(
    `select body from messages join rooms using (room_id) where name = '${room}' order by message_offset`)).flat();
  assert.equal(new Set(stored).size, stored.length, 'nothing is stored twice');
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  assert.deepEqual(acknowledged.filter((body) => !stored.includes(body)), [], 'nothing acknowledged is lost');
  for (const socket of sockets) {
    await socket.untilPushed(room, stored.length);
    assert.deepEqual(socket.bodies(room), stored, 'each socket saw each message once, in the order of the room');
  }
}
