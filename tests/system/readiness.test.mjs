// A database that takes no writes: readiness says so within seconds and comes back by itself, nothing is acknowledged
// that is not stored, and nobody is restarted.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { JsonSocket } from '../support/chat_sockets.mjs';
import { isReady, startSystem, until } from '../support/system.mjs';

const run = promisify(execFile);
const kNotReadyMs = 8_000;
const kDiskMib = 400;
const kRetryableReasons = ['DATABASE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED', 'BACKEND_UNAVAILABLE'];

const kFittingMax = 100;
const bodyOf = (id) => `${id} `.padEnd(4_000, 'x');

const canMount = process.getuid() === 0;
let system;
let hasDisk = canMount;
before(async () => {
  const options = { backends: 2, gatewayOptions: { call_deadline_ms: 2_000 } };
  try {
    if (canMount) process.env.PARLEY_TEST_DISK_MIB = String(kDiskMib);
    system = await startSystem(options);
  } catch (error) {
    if (!canMount || error.code !== 3) throw error;
    hasDisk = false;
    delete process.env.PARLEY_TEST_DISK_MIB;
    system = await startSystem(options);
  }
});
after(() => system?.stop());

const readyz = async () => {
  const response = await fetch(`http://127.0.0.1:${system.gateways[0].port}/readyz`);
  return { status: response.status, body: await response.text(), type: response.headers.get('content-type') };
};

const backendServes = (backend) =>
  run(backend.program, ['health', `--grpc_port=${backend.port}`]).then(() => true, () => false);

// Strikes, expects what the caller may expect meanwhile, heals, and expects that all is as before.
async function expectRecovery(room, strike, heal) {
  const servers = [...system.backends, ...system.gateways];
  const pids = servers.map(({ pid }) => pid);
  const socket = await JsonSocket.connect(system.gateways[0], `?room=${room}&author_id=ada`);
  await socket.subscribe(room);
  const send = (id) => socket.sendMessage(room, bodyOf(id), id);
  const taken = ['before'];
  assert.ok((await send('before')).send_message);

  await strike();
  const struckAt = Date.now();
  try {
    await until('the gateway to say that it is not ready', async () => !(await isReady(system.gateways[0].port)), kNotReadyMs);
    console.log(`${room}: not ready after ${Date.now() - struckAt} ms`);
    // Until both have said so, a gateway between two backends has none.
    const refusal = async () => {
      const { body, type } = await readyz();
      assert.equal(type, 'application/json');
      return JSON.parse(body);
    };
    await until('the gateway to say why', async () => (await refusal()).reason === 'BACKEND_NOT_SERVING', kNotReadyMs);
    assert.equal((await refusal()).retryable, true);
    for (const backend of system.backends) {
      await until(`${backend.name} not to serve`, async () => !(await backendServes(backend)), kNotReadyMs);
    }
    assert.equal((await fetch(`http://127.0.0.1:${system.gateways[0].port}/healthz`)).status, 200);
    const refused = await JsonSocket.connect(system.gateways[0], `?room=${room}`).catch((error) => error);
    assert.equal(refused.status, 503);
    // Some may find their place yet, in a page of the table that is there.
    let reply;
    do {
      taken.push(`during-${taken.length}`);
      reply = await send(taken.at(-1));
    } while (!reply.error && taken.length < kFittingMax);
    const { error } = reply;
    assert.ok(error, 'nothing is refused');
    assert.equal(error.retryable, true);
    assert.ok(kRetryableReasons.includes(error.reason), error.reason);
  } finally {
    await heal();
  }
  const healedAt = Date.now();
  await until('the gateway to be ready again', () => isReady(system.gateways[0].port));
  console.log(`${room}: ready again after ${Date.now() - healedAt} ms`);
  await until('the last one to be taken', async () => (await send(taken.at(-1))).send_message);
  await until('the events', () => socket.bodies(room).length === taken.length);
  assert.deepEqual(socket.bodies(room), taken.map(bodyOf));
  assert.deepEqual(
    await system.query(`select request_id, count(*) from messages join rooms using (room_id) where name = '${room}' group by 1 order by min(message_offset)`),
    taken.map((id) => [id, '1']));
  assert.deepEqual(servers.map(({ pid }) => pid), pids);
  for (const backend of system.backends) {
    await until(`${backend.name} to log the end`, async () => /"event":"database_writable"/.test(await backend.log()));
    assert.match(await backend.log(), /"event":"database_not_writable","reason":"[^"]+"/);
  }
  await socket.close();
}

// A session of our own that may write although the database is read-only.
async function asAdministrator(...statements) {
  const options = statements.flatMap((statement) => ['-c', statement]);
  await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', system.databaseUrl, ...options],
    { env: { ...process.env, PGOPTIONS: '-c default_transaction_read_only=off' } });
}

async function signalDatabase(signal) {
  const [postmaster] = (await readFile(join(system.folder, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
  for (const pid of [postmaster, ...children.split(' ').filter(Boolean)]) process.kill(Number(pid), signal);
}

// Writes until nothing more fits.
async function fillDisk(file) {
  const stream = createWriteStream(file);
  const block = Buffer.alloc(1 << 20);
  const end = new Promise((resolve) => stream.once('error', resolve));
  stream.on('error', () => {});
  while (!stream.errored) await new Promise((resolve) => stream.write(block, resolve));
  assert.equal((await end).code, 'ENOSPC');
}

test('a read-only database', () =>
  expectRecovery('read-only',
    () => asAdministrator('alter system set default_transaction_read_only = on', 'select pg_reload_conf()'),
    () => asAdministrator('alter system reset default_transaction_read_only', 'select pg_reload_conf()')));

test('a database that is gone', () =>
  expectRecovery('gone', () => system.stopDatabase(), () => system.startDatabase()));

test('a database that is frozen', () =>
  expectRecovery('frozen', () => signalDatabase('SIGSTOP'), () => signalDatabase('SIGCONT')));

test('a full disk', { skip: canMount ? false : 'needs root, to mount a small disk' }, async (context) => {
  if (!hasDisk) return context.skip('mounting a disk is not allowed here');
  const filler = join(system.folder, 'postgres/filler');
  await expectRecovery('full-disk', () => fillDisk(filler), () => rm(filler));
});
