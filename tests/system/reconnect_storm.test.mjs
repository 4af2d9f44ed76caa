// A gateway with thousands of sockets is killed, and all of them come to the other one at once, while others write.
// PARLEY_TEST_STORMS=N: so many storms, one after the other. PARLEY_TEST_CLIENTS=N: so many sockets.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startWriters } from '../support/load.mjs';
import { PageClients } from '../support/page_clients.mjs';
import { startSystem, until } from '../support/system.mjs';

const kStorms = Number(process.env.PARLEY_TEST_STORMS ?? 1);
const kClients = Number(process.env.PARLEY_TEST_CLIENTS ?? 2_000);
const kLiveWithinMs = 30_000;
const kBackends = 2;
const kWorkers = 6;
// Beside the workers: one that listens, one that notifies, and the probe.
const kSessionsMax = kBackends * (kWorkers + 3);
const kSeed = 1;

const rooms = Array.from({ length: 50 }, (_, index) => `storm-${index}`);

// mulberry32: the same pauses in every run.
function seeded(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

let system;
before(async () => {
  system = await startSystem({
    backends: kBackends,
    gateways: 2,
    broker: process.env.PARLEY_TEST_BROKER,
    backendOptions: { database_workers: kWorkers },
    gatewayOptions: { connections_per_address_max: 2 * kClients, http_connections_per_address_max: 4096 },
  });
});
after(() => system?.stop());

// Looks at the number of the backends' sessions until told to stop; its result is the largest.
function watchSessions() {
  let isOver = false;
  const watch = (async () => {
    let most = 0;
    while (!isOver) {
      const rows = await system.query("select count(*) from pg_stat_activity where application_name like 'chat-backend%'");
      most = Math.max(most, Number(rows[0][0]));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return most;
  })();
  return () => {
    isOver = true;
    return watch;
  };
}

test(`${kClients} clients of a killed gateway are live again on the other in time, and the database is not overrun`, async (t) => {
  const clients = new PageClients(kClients, rooms, system.gateways[0], seeded(kSeed));
  t.after(() => clients.end());
  await clients.connect();

  for (let storm = 0; storm < kStorms; ++storm) {
    const [killed, left] = storm % 2 === 0 ? system.gateways : system.gateways.toReversed();
    const writers = await startWriters([left], rooms[0], 2);
    const sessions = watchSessions();
    clients.gateway = left;
    const began = performance.now();
    await killed.kill('SIGKILL');
    await until('the sockets to be lost', () => clients.live < kClients);
    await until('all to be live again', () => clients.live === kClients, 2 * kLiveWithinMs);
    const tookMs = Math.max(...clients.all.map(({ liveAt }) => liveAt)) - began;
    const sessionsMost = await sessions();
    t.diagnostic(`storm ${storm + 1}: all live after ${(tookMs / 1000).toFixed(1)} s, ${sessionsMost} sessions at most`);
    assert.ok(tookMs <= kLiveWithinMs, `${tookMs} ms`);
    assert.ok(sessionsMost <= kSessionsMax, `${sessionsMost} sessions`);

    await Promise.all(writers.map((writer) => writer.stop()));
    const heads = new Map(await system.query('select name, last_offset from rooms'));
    await until('everybody to have seen everything', () =>
      clients.all.every(({ room, position }) => position.offset === (heads.get(room) ?? '0')));
    assert.deepEqual(clients.problems, []);
    await killed.start();
  }
});
