// docs/operations/backup.md, done for real: a dump of a running system, more messages, the loss of the database, the dump
// into a new one, a new epoch; and clients that were connected all the time go on from there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { JsonSocket, TutorialSocket } from '../support/chat_sockets.mjs';
import { isReady, startSystem, until } from '../support/system.mjs';

const run = promisify(execFile);
const kBefore = 12;
const kLost = 8;
const kRoom = 'kept';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const bodies = (from, count) => Array.from({ length: count }, (_, index) => `body ${from + index}`);

// `url` with another database of the same cluster. Not by URL: libpq's may have a user without a host.
function withDatabase(url, name) {
  const changed = url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`);
  assert.notEqual(changed, url);
  return changed;
}

test('an older dump in a new database', async () => {
  const [gateway] = system.gateways;
  const [backend] = system.backends;
  const reader = await JsonSocket.connect(gateway, `?room=${kRoom}&author_id=ann`);
  await reader.subscribe(kRoom);
  const tutorial = await TutorialSocket.connect(gateway, `/ws?room=${kRoom}`);
  const send = async (body) => {
    const reply = await reader.sendMessage(kRoom, body);
    assert.ok(reply.send_message, JSON.stringify(reply));
    return reply.send_message;
  };

  for (const body of bodies(0, kBefore)) await send(body);
  const dump = join(system.folder, 'parley.dump');
  await run('pg_dump', ['--format=custom', '--no-owner', `--file=${dump}`, `--dbname=${system.databaseUrl}`]);
  let last;
  for (const body of bodies(kBefore, kLost)) last = await send(body);
  await reader.untilPushed(kRoom, kBefore + kLost);

  // The loss. Gateways may stay.
  await backend.kill('SIGTERM');
  const restoredUrl = withDatabase(system.databaseUrl, 'restored');
  await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', system.databaseUrl, '-c', 'CREATE DATABASE restored']);
  await run('pg_restore', ['--exit-on-error', '--no-owner', '--single-transaction', `--dbname=${restoredUrl}`, dump]);
  const { stdout: epoch } = await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', restoredUrl, '-c', 'SELECT begin_new_epoch()']);
  assert.notEqual(epoch.trim(), last.epoch);
  backend.options = { ...backend.options, database_url: restoredUrl };
  const framesBefore = reader.frames.length;
  await backend.start();
  await until('the gateway to be ready', () => isReady(gateway.port));

  // A client that was there is told to catch up, and begins anew with what the dump has.
  await reader.frame('a resync', (frame) => frame.push?.resync?.room === kRoom, framesBefore);
  const resumed = await reader.subscribe(kRoom, { epoch: last.epoch, offset: last.message.offset });
  assert.equal(resumed.reset, true);
  assert.equal(resumed.position.epoch, epoch.trim());
  assert.deepEqual(resumed.messages.map(({ body }) => body), bodies(0, kBefore));
  assert.equal(String(resumed.position.offset), String(kBefore));

  // And chat goes on, for the tutorial's client as well, which knows no positions.
  const seen = tutorial.frames.length;
  const next = await send('after the restore');
  assert.equal(String(next.message.offset), String(kBefore + 1));
  assert.equal(next.epoch, epoch.trim());
  await tutorial.frame('the new message', (frame) => frame.message === 'after the restore', seen);
  await until('the reader to get it', () => reader.bodies(kRoom).at(-1) === 'after the restore');

  const visitor = await JsonSocket.connect(gateway, `?room=${kRoom}`);
  const first = await visitor.subscribe(kRoom);
  assert.deepEqual(first.messages.map(({ body }) => body), [...bodies(0, kBefore), 'after the restore']);
  for (const socket of [reader, tutorial, visitor]) await socket.close();
});
