// Two gateways and two backends on one database: order, presence, and what happens when one of them is killed.
// PARLEY_TEST_BROKER names the broker between the backends, postgres or nats.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { JsonSocket } from '../support/chat_sockets.mjs';
import {
  expectAllAcknowledgedOnce, startReaders, startWriters, untilAcknowledged, untilMoreAcknowledged,
} from '../support/load.mjs';
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

test('every socket sees every message of its room once and in order, over both gateways and backends', async () => {
  const room = 'many-order';
  const sockets = await startReaders(system.gateways, room);
  const writers = await startWriters(system.gateways, room, 8);
  await untilAcknowledged(writers, 40);
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllAcknowledgedOnce(system, room, writers, sockets);
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
  const sockets = await startReaders(system.gateways, room);
  const writers = await startWriters(system.gateways, room, 4);
  for (const backend of system.backends) {
    await untilMoreAcknowledged(writers, 10);
    await backend.kill('SIGKILL');
    await untilMoreAcknowledged(writers, 10);
    await backend.start();
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllAcknowledgedOnce(system, room, writers, sockets);
  for (const socket of sockets) await socket.close();
});

test('PostgreSQL crashes and restarts under load: no false acknowledgement, and all goes on', async () => {
  const room = 'many-kill-database';
  const sockets = await startReaders(system.gateways, room);
  const writers = await startWriters(system.gateways, room, 4);
  await untilAcknowledged(writers, 10);
  await system.restartDatabase();
  await untilMoreAcknowledged(writers, 10);
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllAcknowledgedOnce(system, room, writers, sockets);
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
