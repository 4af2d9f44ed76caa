// Debian's ejabberd with its Multi-User Chat over WebSocket, with and without an archive of the rooms in PostgreSQL.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { freePort, until } from '../support/system.mjs';
import { coreFacts, pinFront } from './cores.mjs';
import { resultsFolder } from './results.mjs';
import { startPostgres } from './servers.mjs';

const run = promisify(execFile);
const kSchema = '/usr/share/ejabberd/sql/pg.new.sql';
const kCalmDeliveries = 5_000;
const kPeopleMax = 30_000;

// As a front it has one core, and so one scheduler. It does not wait for work in a loop, which would count as its cost.
const kVirtualMachine = ['+S', '1:1', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none', '+K', 'true',
  '+P', '250000', '+Q', '65536'];

// The modules and limits of a chat server and no more: no shaper, no history but the archive, and who comes and goes is told
// to nobody (presence_broadcast), since a thousand people who join would cause a million notices.
const settings = (port, archive) => `
hosts: [localhost]
loglevel: warning
auth_method: [anonymous]
anonymous_protocol: sasl_anon
acme: {auto: false}
listen:
  -
    port: ${port}
    ip: "127.0.0.1"
    backlog: 4096
    module: ejabberd_http
    request_handlers: {/ws: ejabberd_http_ws}
modules:
  mod_muc:
    history_size: 0
    max_users: ${kPeopleMax}
    max_user_conferences: ${kPeopleMax}
    default_room_options:
      max_users: ${kPeopleMax}
      presence_broadcast: []
      mam: ${archive !== undefined}
${archive === undefined ? '' : `  mod_mam:
    db_type: sql
    default: never
new_sql_schema: true
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: ${archive.port}
sql_database: parley
sql_username: parley
sql_prepared_statements: true
`}`;

// The folder that Erlang finds the program's parts in.
async function libraries() {
  const { stdout } = await run('dpkg', ['-L', 'ejabberd']);
  const application = stdout.split('\n').find((path) => path.endsWith('/ebin/ejabberd.app'));
  return dirname(dirname(dirname(application)));
}

async function version() {
  const { stdout } = await run('dpkg-query', ['--show', '--showformat', '${Version}', 'ejabberd']);
  return stdout.replace(/-.*/, '');
}

const isListening = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => resolve(true) || socket.destroy());
  socket.on('error', () => resolve(false));
});

// Without a name it is no part of a cluster, and needs no port mapper. `archive`: the {port} of a PostgreSQL with its schema.
async function startServer(archive) {
  await mkdir(resultsFolder, { recursive: true });
  const folder = await mkdtemp(join(resultsFolder, 'ejabberd-'));
  const port = await freePort();
  const log = join(folder, 'ejabberd.log');
  await writeFile(join(folder, 'ejabberd.yml'), settings(port, archive));
  const child = spawn('erl', [...kVirtualMachine, '-noinput', '-mnesia', 'dir', JSON.stringify(folder), '-s', 'ejabberd'], {
    stdio: 'ignore',
    env: {
      ...process.env, HOME: folder, ERL_LIBS: await libraries(), ERL_CRASH_DUMP_SECONDS: '0',
      EJABBERD_CONFIG_PATH: join(folder, 'ejabberd.yml'), EJABBERD_LOG_PATH: log,
    },
  });
  const remove = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  const stop = async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
    process.off('exit', remove);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('ejabberd to listen', async () => {
      if (child.exitCode !== null) throw new Error('ejabberd ended at its start');
      return isListening(port);
    });
    await pinFront(child.pid);
  } catch (error) {
    const told = await readFile(log, 'utf8').catch(() => 'nothing');
    await stop();
    throw new Error(`${error.message}; it told:\n${told}`);
  }
  return {
    name: `ejabberd ${await version()}`, front: 'server', protocols: ['xmpp'], port, watch: { server: child.pid },
    facts: { pinned: coreFacts }, calmDeliveries: kCalmDeliveries, stop,
  };
}

// Rooms in memory only.
export const startEjabberd = () => startServer();

// A message is delivered when its row is committed: the room waits for it.
export async function startEjabberdWithArchive() {
  const archive = { port: await freePort() };
  const postgres = await startPostgres({ tcpPort: archive.port });
  try {
    await run('psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', '-d', postgres.databaseUrl, '-f', kSchema]);
    const server = await startServer(archive);
    return {
      ...server, name: `${server.name} with its archive`,
      watch: { ...server.watch, postgres: postgres.pid },
      facts: { ...server.facts, ...postgres.facts },
      stop: async () => {
        await server.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
