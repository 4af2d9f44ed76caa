// This version together with a next one (tests/faults/next_version) that says in every place what this one does not know;
// and an upgrade of the schema and the processes under load, there and half the way back.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { join } from 'node:path';

import { JsonSocket, ProtoSocket, TutorialSocket } from '../support/chat_sockets.mjs';
import { expectAllAcknowledgedOnce, startReaders, startWriters, untilMoreAcknowledged } from '../support/load.mjs';
import { buildFolder, currentBackend, startSystem, until } from '../support/system.mjs';

const nextBackend = join(buildFolder, 'tests/faults/next_version/chat-backend-next');
const nextGateway = join(buildFolder, 'tests/faults/next_version/chat-gateway-next');
const kLeaseMs = 900;
const backendOptions = { lease_ms: kLeaseMs, reap_interval_ms: 100, hub_poll_ms: 500 };

let system;
after(() => system?.stop());

const eventsOf = async (server, event) =>
  (await server.log()).split('\n').filter((line) => line.includes(`"event":"${event}"`)).length;

// Everything that people do, over all three formats, for several leases.
async function expectChat(room) {
  const [gateway] = system.gateways;
  const json = await JsonSocket.connect(gateway, `?room=${room}&author_id=json`);
  const proto = await ProtoSocket.connect(gateway, `?room=${room}&author_id=proto`);
  const old = await TutorialSocket.connect(gateway, `/ws?room=${room}`);
  for (const socket of [json, proto]) await socket.subscribe(room);
  const began = Date.now();
  const bodies = [];
  while (Date.now() - began < 3 * kLeaseMs) {
    for (const socket of [json, proto]) {
      const body = `text ${bodies.length}`;
      assert.ok((await socket.sendMessage(room, body)).send_message);
      bodies.push(body);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const socket of [json, proto]) {
    await socket.untilPushed(room, bodies.length);
    assert.deepEqual(socket.bodies(room), bodies);
    assert.ok(socket.frames.every(({ push }) => push?.resync == null), 'no event was missed');
    const { position } = socket.events(room).filter(({ message }) => message)[4];
    const resumed = await socket.subscribe(room, position);
    assert.equal(resumed.reset, false);
    assert.deepEqual(resumed.messages.map(({ body }) => body), bodies.slice(5));
    const { get_messages: page } = await socket.command('get_messages', { room, page_size: 2 });
    assert.deepEqual(page.messages.map(({ body }) => body), bodies.slice(-2));
    const name = socket === json ? 'Ada' : 'Grace';
    assert.equal((await socket.command('set_name', { name })).set_name.author.name, name);
  }
  await until('the tutorial\'s socket to see all', () => old.frames.length >= bodies.length);
  assert.deepEqual(old.frames.map(({ message }) => message), bodies);
  // The stream stood all the time, and the heartbeats on it kept the lease.
  assert.equal(await eventsOf(gateway, 'backend_attached'), 1, await gateway.log());
  assert.equal(await eventsOf(gateway, 'backend_lost'), 0);
  const rows = await system.query(
    `select count(*) from connections join rooms using (room_id) where name = '${room}'`);
  assert.deepEqual(rows, [['3']]);
  return { json, proto, old, bodies };
}

test('a gateway of this version before a backend of the next', async () => {
  system = await startSystem({ backendProgram: nextBackend, backendOptions });
  const room = 'next-backend';
  const { json, proto, old, bodies } = await expectChat(room);
  // A change of a kind that nobody here knows passes through with its position, and nobody stumbles.
  const sent = (await json.sendMessage(room, 'future: shown in another way')).send_message.message;
  const passed = (socket) => socket.events(room).find((event) => event.position?.offset === sent.offset);
  for (const socket of [json, proto]) {
    const event = await until('the unknown change', () => passed(socket));
    assert.equal(event.message ?? null, null);
  }
  assert.ok((await proto.sendMessage(room, 'as before')).send_message);
  for (const socket of [json, proto]) {
    await until('the change after it', () => socket.bodies(room).at(-1) === 'as before');
    assert.ok(socket.frames.every(({ push }) => push?.resync == null));
  }
  await until('the tutorial\'s socket to see it', () => old.frames.at(-1).message === 'as before');
  assert.equal(old.frames.length, bodies.length + 1);
  await system.stop();
});

test('a gateway of the next version before a backend of this one', async () => {
  system = await startSystem({ gatewayProgram: nextGateway, backendOptions });
  const { json, proto } = await expectChat('next-gateway');
  assert.ok(json.frames.some(({ push }) => push?.notice), 'the gateway is of the next version');
  assert.ok(proto.frames.some(({ push }) => push && !push.welcome && !push.event && !push.resync));
  await system.stop();
});

test('an upgrade under load: a newer schema beside this version, which may still restart; no send fails', async () => {
  system = await startSystem({ backends: 2, gateways: 2, backendOptions });
  const room = 'upgrade';
  const [first, second] = system.backends;
  const columns = () => system.query("select count(*) from information_schema.columns where column_name = 'next_note'");
  const sockets = await startReaders(system.gateways, room);
  const writers = await startWriters(system.gateways, room, 4);
  await untilMoreAcknowledged(writers, 10);

  assert.deepEqual(await columns(), [['0']]);
  assert.equal((await second.kill('SIGTERM')).code, 0);
  second.program = nextBackend;
  await second.start();
  assert.deepEqual(await columns(), [['1']]);
  await untilMoreAcknowledged(writers, 20);

  // The older program finds a newer database at its start.
  assert.equal((await first.kill('SIGTERM')).code, 0);
  await first.start();
  assert.equal(await eventsOf(first, 'database_is_newer'), 1);
  await untilMoreAcknowledged(writers, 20);

  // Alone with it, too: the upgrade is taken back.
  assert.equal((await second.kill('SIGTERM')).code, 0);
  await untilMoreAcknowledged(writers, 20);
  second.program = currentBackend;
  await second.start();
  await untilMoreAcknowledged(writers, 20);

  await Promise.all(writers.map((writer) => writer.stop()));
  assert.deepEqual(writers.flatMap(({ failures }) => failures), []);
  await expectAllAcknowledgedOnce(system, room, writers, sockets);
  await system.stop();
});
