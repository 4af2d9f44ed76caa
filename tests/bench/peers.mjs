// Other servers that broadcast, to be measured beside ours. Only ejabberd-archive stores a message.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { freePort, until } from '../support/system.mjs';
import { coreFacts, pinFront } from './cores.mjs';
import { startEjabberd, startEjabberdWithArchive } from './ejabberd.mjs';
import { resultsFolder } from './results.mjs';
import { startProgram } from './servers.mjs';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('peers/', import.meta.url));

// npm's packages, in the versions of the lock file.
export async function installPeers() {
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return;
  await run('npm', ['ci', '--ignore-scripts', '--silent'], { cwd: folder });
}

const versionOf = async (name) =>
  JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;

async function startNode(name, protocol, program) {
  await installPeers();
  return startProgram(`npm ${name} ${await versionOf(name)}`, protocol, process.execPath, [join(folder, program)]);
}

// Debian's nats-server with its WebSocket listener. It leaves the order of different senders to each connection.
async function startNats() {
  const [port, websocketPort] = [await freePort(), await freePort()];
  await mkdir(resultsFolder, { recursive: true });
  const configuration = join(resultsFolder, `nats-${websocketPort}.conf`);
  await writeFile(configuration, `host: 127.0.0.1\nport: ${port}\nmax_connections: 30000\n` +
    `websocket { host: 127.0.0.1, port: ${websocketPort}, no_tls: true }\n`);
  const { stdout } = await run('nats-server', ['--version']);
  // As all fronts, it has one core.
  const child = spawn('nats-server', ['-c', configuration], { stdio: 'ignore', env: { ...process.env, GOMAXPROCS: '1' } });
  process.once('exit', () => child.kill('SIGKILL'));
  await until('nats-server to listen', () => new Promise((resolve) => {
    const socket = connect(websocketPort, '127.0.0.1', () => resolve(true) || socket.destroy());
    socket.on('error', () => resolve(false));
  }));
  await pinFront(child.pid);
  return {
    name: `nats-server ${stdout.trim().replace(/.*v/, '')}`, front: 'server', protocols: ['nats'], port: websocketPort,
    watch: { server: child.pid }, facts: { pinned: coreFacts },
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

export const kPeers = {
  ws: () => startNode('ws', 'plain', 'ws_server.mjs'),
  'socket.io': () => startNode('socket.io', 'socket.io', 'socket_io_server.mjs'),
  nats: startNats,
  ejabberd: startEjabberd,
  'ejabberd-archive': startEjabberdWithArchive,
};
