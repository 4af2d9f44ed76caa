// ./dev up, status and down as a person uses them, on a state folder of their own and free ports.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { JsonSocket } from '../support/chat_sockets.mjs';
import { makeSite } from '../support/releases.mjs';
import { buildFolder, isReady, siteFolder, until } from '../support/system.mjs';

const dev = fileURLToPath(new URL('../../dev', import.meta.url));
const environment = { ...process.env, PARLEY_BUILD: buildFolder, PARLEY_SITE: siteFolder, NO_COLOR: '1' };
delete environment.DATABASE_URL;

let parent;
let state;
before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'parley-dev-'));
  await chmod(parent, 0o711); // the database's user passes through
});
beforeEach(() => {
  state = join(parent, `state-${Math.random().toString(36).slice(2)}`);
});
afterEach(() => runDev('down'));
after(() => rm(parent, { recursive: true, force: true }));

// {code, output} of ./dev COMMAND --state …, from a folder that is not the repository.
const runDev = (command, ...options) => runDevWith({}, command, ...options);

function runDevWith(more, command, ...options) {
  return new Promise((resolve) => {
    execFile(dev, [command, '--state', state, ...options], { env: { ...environment, ...more }, cwd: parent, timeout: 100_000 },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, output: stdout + stderr }));
  });
}

async function up(...options) {
  const result = await runDev('up', '--detach', '--port', '0', '--grpc-port', '0', ...options);
  assert.equal(result.code, 0, result.output);
  return result.output;
}

const stateFile = async (name) => (await readFile(join(state, 'run', name), 'utf8')).trim();
const gateway = async () => ({ address: `127.0.0.1:${await stateFile('gateway.port')}` });
const pidOf = async (part) => Number((await stateFile(`${part}.pid`)).split(' ')[0]);

// A zombie, which some containers never reap, does not count.
function isRunning(pid) {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function bodiesOf(room) {
  const socket = await JsonSocket.connect(await gateway(), `?room=${room}`);
  const reply = await socket.command('get_messages', { room });
  await socket.close();
  return reply.get_messages.messages.map(({ body }) => body);
}

async function say(room, body) {
  const socket = await JsonSocket.connect(await gateway(), `?room=${room}`);
  const reply = await socket.sendMessage(room, body);
  assert.ok(!reply.error, JSON.stringify(reply));
  await socket.close();
}

test('up --tls serves the page over HTTPS by an authority of its own, and uses it again', async () => {
  const output = await up('--tls-port', '0');
  const port = await stateFile('gateway.tls_port');
  assert.match(output, new RegExp(`Parley is up: https://localhost:${port}/`));
  assert.match(output, /To trust it/);
  const ca = await readFile(join(state, 'tls/authority.crt'));
  assert.equal((await stat(join(state, 'tls/authority.key'))).mode & 0o777, 0o600);
  const status = await new Promise((resolve, reject) =>
    https.get(`https://localhost:${port}/`, { ca, family: 4 }, (response) => resolve(response.resume().statusCode)).on('error', reject));
  assert.equal(status, 200);
  assert.equal((await runDev('status')).code, 0);
  assert.equal((await runDev('down')).code, 0);
  await up('--tls-port', '0');
  assert.deepEqual(await readFile(join(state, 'tls/authority.crt')), ca);
  assert.equal((await runDev('down')).code, 0);
  assert.match(await up(), /Parley is up: http:/);
});

test('up --detach, chat, a killed part heals, down, up again keeps the history', async () => {
  const output = await up();
  const address = /Parley is up: (http:\/\/localhost:\d+\/)/.exec(output)?.[1];
  assert.ok(address, output);
  assert.equal((await fetch(address)).status, 200);
  const status = await runDev('status');
  assert.equal(status.code, 0, status.output);
  for (const part of ['supervisor', 'postgres', 'backend', 'gateway']) {
    assert.match(status.output, new RegExp(`^${part} +running`, 'm'));
  }
  assert.match(await up(), /already up/);
  await say('lobby', 'before the kill');

  for (const part of ['backend', 'gateway']) {
    const killed = await pidOf(part);
    process.kill(killed, 'SIGKILL');
    await until(`the ${part} to be started again`, async () => (await pidOf(part).catch(() => killed)) !== killed);
    await until('the gateway to be ready', async () => isReady(await stateFile('gateway.port').catch(() => 1)));
    assert.equal(`http://localhost:${await stateFile('gateway.port')}/`, address);
  }
  await say('lobby', 'after the kill');

  const pids = await Promise.all(['supervisor', 'gateway', 'backend'].map(pidOf));
  const down = await runDev('down');
  assert.equal(down.code, 0, down.output);
  const order = ['gateway', 'backend', 'postgres'].map((part) => down.output.indexOf(`${part}: stopped`));
  assert.ok(order[0] >= 0 && order[0] < order[1] && order[1] < order[2], down.output);
  for (const pid of pids) assert.ok(!isRunning(pid), `process ${pid} is still there`);
  assert.equal((await runDev('status')).code, 1);

  await up();
  assert.deepEqual(await bodiesOf('lobby'), ['before the kill', 'after the kill']);
});

test('publish switches a running system to another page, --list names the releases, --rollback goes back', async () => {
  await up();
  const page = async () => (await fetch(`http://${(await gateway()).address}/`)).text();
  const first = await page();
  const site = join(parent, 'another-site');
  await makeSite(site, 'another');
  const published = await runDevWith({ PARLEY_SITE: site }, 'publish');
  assert.equal(published.code, 0, published.output);
  const [, id] = /Published the release ([0-9a-f]{64})/.exec(published.output);
  await until('the new page', async () => (await page()).includes('content="another"'));
  const list = await runDev('publish', '--list');
  assert.match(list.output, new RegExp(`^  [0-9a-f]{64}\\n\\* ${id}\\n$`));
  const back = await runDev('publish', '--rollback');
  assert.equal(back.code, 0, back.output);
  await until('the page before', async () => (await page()) === first);
  // It lasts, until somebody says otherwise.
  const kept = await runDevWith({ PARLEY_SITE: site }, 'publish', '--unless-withdrawn');
  assert.match(kept.output, new RegExp(`${id} was rolled back from`));
  assert.equal(await page(), first);
  assert.equal((await runDevWith({ PARLEY_SITE: site }, 'publish')).code, 0);
  await until('the new page again', async () => (await page()).includes('content="another"'));
  assert.equal((await runDev('publish', '--rollback')).code, 0);
  await until('the page before again', async () => (await page()) === first);
  assert.equal((await runDev('publish', '--rollback')).code, 1);
  assert.equal((await runDevWith({ PARLEY_SITE: join(parent, 'nowhere') }, 'publish')).code, 1);
  assert.equal(await page(), first);
});

test('in the foreground: prints the address, follows the logs, drains everything on Ctrl-C', async () => {
  const child = spawn(dev, ['up', '--state', state, '--port', '0', '--grpc-port', '0'], {
    env: environment, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  await until('the address', () => /Parley is up/.test(output), 60_000);
  const killed = await pidOf('backend');
  process.kill(killed, 'SIGKILL');
  await until('the restart to be told', () => /backend: was killed by signal 9, starts again/.test(output));
  await until('the backend to be back', async () => isReady(await stateFile('gateway.port')));
  child.kill('SIGINT');
  assert.equal(await ended, 130, output);
  assert.match(output, /gateway: stopped[^]*backend: stopped[^]*postgres: stopped/);
  assert.equal((await runDev('status')).code, 1);
});

test('what a killed supervisor left behind is drained by the next up', async () => {
  await up();
  await say('lobby', 'kept');
  const [supervisor, backend] = await Promise.all(['supervisor', 'backend'].map(pidOf));
  process.kill(supervisor, 'SIGKILL');
  await until('the supervisor to be gone', () => !isRunning(supervisor));
  await up();
  assert.ok(!isRunning(backend));
  assert.deepEqual(await bodiesOf('lobby'), ['kept']);
});

test('a port in use is named with its holder; a database of another major version is refused', async () => {
  await up();
  const taken = await stateFile('gateway.port');
  const first = state;
  state = `${first}-second`;
  const refused = await runDev('up', '--detach', '--port', taken, '--grpc-port', '0');
  assert.equal(refused.code, 1);
  assert.match(refused.output, new RegExp(`port ${taken}, meant for the gateway, is in use by chat-gateway`));
  assert.match(refused.output, /--port/);

  await mkdir(join(state, 'postgres'), { recursive: true });
  await writeFile(join(state, 'postgres', 'PG_VERSION'), '9\n');
  if (process.getuid() === 0) await chown(join(state, 'postgres'), 65_534, 65_534);
  const old = await runDev('up', '--detach', '--port', '0', '--grpc-port', '0');
  assert.equal(old.code, 1);
  assert.match(old.output, /made by PostgreSQL 9[^]*pg_dump/);
  state = first;
});
