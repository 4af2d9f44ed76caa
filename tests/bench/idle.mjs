// Connections that say nothing: what each holds, what they cost together, and whether they slow those who speak.
import { execFileSync } from 'node:child_process';

import { flaws, join } from './generator.mjs';
import { count, median, ms, percent, printDisturbance, printTable, record, tell } from './results.mjs';
import { startParley } from './servers.mjs';

const kPeopleOfARoom = 20;
const kSpare = 200; // descriptors that a gateway needs beside its clients' sockets, and those of the senders
const kConnectionsMax = 20_000;
const kIdleSeconds = 10;
const kSenders = 32;
const kWindow = 32;

// The hard limit is what both the gateway and the generator raise their own to.
const descriptorsMax = () => Number(execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || Infinity;

// Acknowledged messages a second, of senders in rooms without anybody else.
async function sendRate(server, options) {
  const people = { protocol: 'chat.v1.proto', rooms: 10, receivers: 0, senders: kSenders };
  const command = { do: 'run', rate: 0, window: kWindow, seconds: options.seconds };
  const crowd = await join({ ...server, ready: undefined }, people);
  try {
    const results = [];
    for (let index = 0; index < options.runs; ++index) {
      results.push(await crowd.tell(command));
      await record('idle', server, { ...people, ...command }, results.at(-1));
      tell(`${server.name}: ${count(results.at(-1).answered / results.at(-1).seconds)} acknowledged/s ` +
        `${flaws(results.at(-1))}`);
    }
    return {
      rate: median(results.map((result) => result.answered / result.seconds)),
      p99: median(results.map(({ answer }) => answer.p99_ms)), results,
    };
  } finally {
    await crowd.end();
  }
}

async function measure(server, connections, options) {
  await server.ready();
  const before = await sendRate(server, options);
  await server.ready();
  const people = { protocol: 'chat.v1.proto', rooms: Math.ceil(connections / kPeopleOfARoom), receivers: connections, senders: 0 };
  const crowd = await join(server, people);
  try {
    const { connect_s: connectSeconds, handshake } = crowd.joining;
    tell(`${server.name}: ${count(connections)} connections in ${connectSeconds.toFixed(1)} s`);
    const command = { do: 'run', rate: 0, window: 0, seconds: kIdleSeconds, warm_up_seconds: 2 };
    const silence = await crowd.tell(command);
    await record('idle', server, { ...people, ...command }, { ...silence, joining: crowd.joining });
    const during = await sendRate(server, options);
    const after = await crowd.tell({ ...command, seconds: 1 });
    const share = (name) => `${((100 * silence.processes[name].cpu_s) / silence.seconds).toFixed(1)} %`;
    return {
      row: [
        server.name, count(connections), count(silence.processes.gateway.grown_bytes / connections),
        count(connections / connectSeconds), ms(handshake.p50_ms), ms(handshake.p99_ms), share('gateway'), share('backend'), share('postgres'),
        `${count(before.rate)} (${ms(before.p99)})`, `${count(during.rate)} (${ms(during.p99)})`, percent(during.rate / before.rate),
        flaws(after) || '0',
      ],
      results: [...before.results, silence, ...during.results],
    };
  } finally {
    await crowd.end();
  }
}

// options: runs, seconds, builds, connections (0: as many as the limits allow)
export async function idle(options) {
  const most = Math.min(kConnectionsMax, descriptorsMax() - kSpare);
  const connections = options.connections > 0 ? Math.min(options.connections, most) : most;
  const measured = [];
  for (const build of options.builds) {
    const server = await startParley(build);
    try {
      measured.push(await measure(server, connections, options));
    } finally {
      await server.stop();
    }
  }
  printTable(`${count(connections)} connections of one gateway, each in a room of ${kPeopleOfARoom}; ${kSenders} senders in other rooms`, [
    'server', 'connections', 'gateway, bytes each', 'joined/s', 'handshake p50', 'p99', 'gateway idle', 'backend', 'PostgreSQL',
    'acknowledged/s without them (p99)', 'with them', 'of that', 'wrong',
  ], measured.map(({ row }) => row));
  printDisturbance(measured.flatMap(({ results }) => results));
}
