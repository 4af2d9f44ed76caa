// The servers that the benchmark loads, each started on loopback:
//   name, protocols    as chat-bench --protocol knows them
//   port
//   watch              the processes whose time and memory count, by name
//   front              the name of the one that holds the clients' sockets
//   facts              what else a reader of the results should know
//   calmDeliveries     a second: how many it carries at ease, where that is less than others do; a run begins there
//   ready()            when it can be loaded, where that may take a while after a run
//   stop()
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { buildFolder, isReady, startSystem, until } from '../support/system.mjs';
import { coreFacts, pinFront, unpin } from './cores.mjs';
import { resultsFolder } from './results.mjs';

export const benchProgram = join(buildFolder, 'tests/bench/chat-bench');

// The limits that keep strangers in bounds are not what is measured.
const kNoLimits = {
  connections_max: 30_000, connections_per_address_max: 30_000, http_connections_max: 30_000,
  http_connections_per_address_max: 30_000, commands_per_second_max: 1_000_000, frames_per_second_max: 1_000_000,
  bytes_per_second_max: 1_000_000_000, page_bytes_per_second_max: 1_000_000_000, rooms_per_address_max: 1_000_000,
  calls_under_way_max: 1_000_000, upgrades_per_address_per_second_max: 100_000,
  requests_per_address_per_second_max: 100_000, requests_per_network_per_second_max: 100_000,
};
const kInEarnest = { PARLEY_TEST_FSYNC: 'on', PARLEY_TEST_SHARED_BUFFERS: '128MB' };
export const kParleyProtocols = ['chat.v1.proto', 'chat.v1.json', 'tutorial'];
const kSettleMsMax = 60_000;
const kTmpfs = 0x0102_1994; // statfs(2)

// An acknowledged message is on the disk: fails where that would not be so.
async function durability(system) {
  const settings = Object.fromEntries(await system.query(`SELECT name, setting FROM pg_settings
    WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'wal_sync_method', 'server_version')`));
  if (settings.fsync !== 'on' || settings.synchronous_commit !== 'on' || settings.full_page_writes !== 'on') {
    throw new Error(`PostgreSQL does not write to the disk: ${JSON.stringify(settings)}`);
  }
  if ((await statfs(system.folder)).type === kTmpfs) throw new Error(`${system.folder} is in memory, not on a disk`);
  return settings;
}

const postmasterOf = async (system) =>
  Number((await readFile(join(system.folder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);

// The clients of the run before are gone, and what their going caused is over.
const isSettled = (system) => until('the last run to be over', async () => {
  const [[connections]] = await system.query('SELECT count(*) FROM connections');
  return connections === '0' && isReady(system.gateways[0].port);
}, kSettleMsMax);

// One gateway with one I/O thread, one backend, PostgreSQL. `build`: the folder of the servers' programs. `isFrontPinned`:
// see cores.mjs; without it each of the servers runs where there is room, as it would by itself.
export async function startParley({ name = 'parley', build = buildFolder, gatewayOptions = {}, backendOptions = {}, isFrontPinned = true } = {}) {
  await mkdir(resultsFolder, { recursive: true });
  const system = await startSystem({
    gatewayProgram: join(build, 'gateway/chat-gateway'),
    backendProgram: join(build, 'backend/chat-backend'),
    gatewayOptions: { ...kNoLimits, io_threads: 1, log_level: 'warning', ...gatewayOptions },
    backendOptions: { log_level: 'warning', ...backendOptions },
    below: resultsFolder,
    clusterEnvironment: kInEarnest,
  });
  try {
    const watch = {
      gateway: system.gateways[0].pid, backend: system.backends[0].pid, postgres: await postmasterOf(system),
    };
    if (isFrontPinned) await pinFront(watch.gateway);
    else await Promise.all(Object.values(watch).map(unpin));
    return {
      name, watch, front: 'gateway',
      protocols: kParleyProtocols,
      port: system.gateways[0].port,
      system,
      facts: { pinned: isFrontPinned ? coreFacts : {}, postgres: await durability(system) },
      ready: () => isSettled(system),
      stop: () => system.stop(),
    };
  } catch (error) {
    await system.stop();
    throw error;
  }
}

// PostgreSQL as above, with an empty database and nobody else: {databaseUrl, pid, facts, stop()}. With a `tcpPort` it listens
// there too, on loopback.
export async function startPostgres({ tcpPort } = {}) {
  await mkdir(resultsFolder, { recursive: true });
  const onTcp = tcpPort === undefined ? {} : { PARLEY_TEST_TCP_PORT: String(tcpPort) };
  const system = await startSystem({
    backends: 0, gateways: 0, below: resultsFolder, clusterEnvironment: { ...kInEarnest, ...onTcp },
  });
  return {
    name: 'PostgreSQL alone', databaseUrl: system.databaseUrl, pid: await postmasterOf(system),
    facts: { postgres: await durability(system) }, stop: () => system.stop(),
  };
}

// A program that prints its port.
export async function startProgram(name, protocol, program, words) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  await pinFront(child.pid);
  return {
    name, front: 'server',
    protocols: [protocol],
    port: Number(line),
    watch: { server: child.pid },
    facts: { pinned: coreFacts },
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

export const startFloor = () => startProgram('floor, a write each', 'plain', benchProgram, ['floor']);
export const startGatheringFloor = () => startProgram('floor, gathered', 'plain', benchProgram, ['floor', '--gather']);
