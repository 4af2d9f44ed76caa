// Two gateways and two backends on one database: order, presence, and what happens when one of them is killed.
// PARLEY_TEST_BROKER names the broker between the backends, postgres or nats.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { JsonSocket } from '../support/chat_sockets.mjs';
import { startSystem, until } from '../support/system.mjs';

const kLeaseMs = 1_500;

let system;
before(async () => {
  system = await startSystem({
    backends: 2,
    gateways: 2,
    broker: process.env.PARLEY_TEST_BROKER,
    backendOptions: { lease_ms: kLeaseMs, reap_interval_ms: 200, hub_poll_ms: 500 },
  });
});
after(() => system?.stop());

// Sends until told to stop, each message again with its request_id until it is acknowledged.
class Writer {
  acknowledged = [];
  #stopping = false;

  constructor(gateway, room, name) {
    Object.assign(this, { gateway, room, name });
  }

  async start() {
    await this.#connect();
    this.done = this.#run();
  }

  async #connect() {
    this.socket = await JsonSocket.connect(this.gateway, `?room=${this.room}&name=${this.name}&author_id=${this.name}`);
  }

  async #run() {
    for (let number = 1; !this.#stopping; ++number) {
      const body = `${this.name}-${number}`;
      await until(`${body} to be acknowledged`, async () => {
        const reply = await Promise.race([
          this.socket.sendMessage(this.room, body, body),
          new Promise((resolve) => this.socket.ws.once('close', () => resolve(null))),
        ]);
        if (reply?.error) assert.equal(reply.error.retryable, true, JSON.stringify(reply.error));
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

async function readers(room) {
  const sockets = [];
  for (const gateway of [...system.gateways, ...system.gateways]) {
    const socket = await JsonSocket.connect(gateway, `?room=${room}&name=Reader`);
    await socket.subscribe(room);
    sockets.push(socket);
  }
  return sockets;
}

async function expectAllAcknowledgedOnce(room, writers, sockets) {
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

const untilAcknowledged = (writers, count) =>
  until(`${count} more messages`, () => writers.every(({ acknowledged }) => acknowledged.length >= count));

test('every socket sees every message of its room once and in order, over both gateways and backends', async () => {
  const room = 'many-order';
  const sockets = await readers(room);
  const writers = Array.from({ length: 8 }, (_, index) => new Writer(system.gateways[index % 2], room, `w${index}`));
  for (const writer of writers) await writer.start();
  await untilAcknowledged(writers, 40);
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllAcknowledgedOnce(room, writers, sockets);
  for (const socket of sockets) await socket.close();
});

test('presence counts the people of both gateways, once each', async () => {
  const room = 'many-presence';
  const watcher = await JsonSocket.connect(system.gateways[0], `?room=${room}&name=Watcher&author_id=watcher`);
  const { presence } = await watcher.subscribe(room);
  assert.equal(presence.author_count, 1);
  const here = await JsonSocket.connect(system.gateways[0], `?room=${room}&name=Here&author_id=here`);
  const there = await JsonSocket.connect(system.gateways[1], `?room=${room}&name=There&author_id=there`);
  const thereTwice = await JsonSocket.connect(system.gateways[1], `?room=${room}&name=There&author_id=there`);
  const names = () => watcher.presence(room)?.authors.map(({ name }) => name).join();
  await until('three people', () => names() === 'Here,There,Watcher' && watcher.presence(room).author_count === 3);
  await there.command('set_name', { name: 'Everywhere' });
  await thereTwice.close();
  await until('the new name', () => names() === 'Everywhere,Here,Watcher');
  await here.close();
  await there.close();
  await until('to be alone', () => names() === 'Watcher');
  await watcher.close();
});

test('a backend is killed under load: gateways go on with the other, nothing lost, nothing doubled', async () => {
  const room = 'many-kill-backend';
  const sockets = await readers(room);
  const writers = Array.from({ length: 4 }, (_, index) => new Writer(system.gateways[index % 2], room, `w${index}`));
  for (const writer of writers) await writer.start();
  for (const backend of system.backends) {
    const before = Math.max(...writers.map(({ acknowledged }) => acknowledged.length));
    await untilAcknowledged(writers, before + 10);
    await backend.kill('SIGKILL');
    const after = Math.max(...writers.map(({ acknowledged }) => acknowledged.length));
    await untilAcknowledged(writers, after + 10);
    await backend.start();
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllAcknowledgedOnce(room, writers, sockets);
  for (const socket of sockets) await socket.close();
});

test('PostgreSQL crashes and restarts under load: no false acknowledgement, and all goes on', async () => {
  const room = 'many-kill-database';
  const sockets = await readers(room);
  const writers = Array.from({ length: 4 }, (_, index) => new Writer(system.gateways[index % 2], room, `w${index}`));
  for (const writer of writers) await writer.start();
  await untilAcknowledged(writers, 10);
  await system.restartDatabase();
  const reached = Math.max(...writers.map(({ acknowledged }) => acknowledged.length));
  await untilAcknowledged(writers, reached + 10);
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllAcknowledgedOnce(room, writers, sockets);
  for (const socket of sockets) await socket.close();
});

test('a gateway is killed: its connections are gone after the lease, and the departure is told', async () => {
  const room = 'many-kill-gateway';
  const doomed = await system.addGateway();
  const watcher = await JsonSocket.connect(system.gateways[0], `?room=${room}&name=Watcher&author_id=watcher`);
  await watcher.subscribe(room);
  const lost = await JsonSocket.connect(doomed, `?room=${room}&name=Lost&author_id=lost`);
  await until('two people', () => watcher.presence(room)?.author_count === 2);
  await doomed.kill('SIGKILL');
  await lost.untilClosed();
  await until('the departure', () => watcher.presence(room)?.author_count === 1, kLeaseMs + 5_000);
  const rows = await system.query(
    `select count(*) from connections join rooms using (room_id) where name = '${room}' and author_id = 'lost'`);
  assert.deepEqual(rows, [['0']]);
  await watcher.close();
  system.gateways.pop();
});
