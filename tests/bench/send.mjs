// Messages that are on the disk and acknowledged, beside what PostgreSQL itself stores of the same rows on the same disk.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { flaws, join } from './generator.mjs';
import { count, median, ms, percent, printDisturbance, printTable, ratio, record, tell } from './results.mjs';
import { startParley, startPostgres } from './servers.mjs';

const run = promisify(execFile);
const kReference = fileURLToPath(new URL('send/postgres_reference', import.meta.url));
const kReferenceSeconds = 3; // of each of its figures
const kSenders = 32;
const kWindow = 32; // messages of a sender under way: the gateway's commands_outstanding_max
const kRooms = [1, 10, 1_000];
const kRowsLeast = 50; // a transaction: what an adaptive group commit is compared with

// What PostgreSQL reaches, with one session, in multi-row transactions: by the number of rooms, the most of all sizes.
async function reference() {
  const postgres = await startPostgres();
  try {
    const { stdout } = await run(kReference, [postgres.databaseUrl, String(kReferenceSeconds)]);
    const figures = stdout.trim().split('\n').map((line) => JSON.parse(line));
    await record('send', postgres, { seconds: kReferenceSeconds }, figures);
    printTable('PostgreSQL itself, the same rows in the same tables', ['sessions', 'rooms', 'rows a transaction', 'rows/s'],
      figures.map((figure) => [figure.sessions, count(figure.rooms), count(figure.rows_per_transaction), count(figure.rows_per_s)]));
    return new Map(kRooms.map((rooms) => [rooms, Math.max(...figures
      .filter((figure) => figure.rooms === rooms && figure.rows_per_transaction >= kRowsLeast)
      .map((figure) => figure.rows_per_s))]));
  } finally {
    await postgres.stop();
  }
}

async function runs(server, rooms, command, number) {
  const people = { protocol: 'chat.v1.proto', rooms, receivers: 0, senders: kSenders };
  const crowd = await join(server, people);
  try {
    const results = [];
    for (let index = 0; index < number; ++index) {
      const result = await crowd.tell({ do: 'run', ...command });
      await record('send', server, { ...people, ...command }, result);
      tell(`${server.name}, ${count(rooms)} rooms, ${command.window ? `${command.window} under way` : `${count(command.rate)}/s`}: ` +
        `${count(result.answered / result.seconds)}/s acknowledged, p99 ${ms(result.answer.p99_ms)}` +
        `, others ${percent(result.others_cpu_s / result.seconds)}${flaws(result) && `: ${flaws(result)}`}`);
      results.push(result);
    }
    return results;
  } finally {
    await crowd.end();
  }
}

async function measureRooms(server, rooms, most, options) {
  const full = await runs(server, rooms, { rate: 0, window: kWindow, seconds: options.seconds }, options.runs);
  const rate = median(full.map((result) => result.answered / result.seconds));
  const tenth = Math.max(1, Math.round(rate / 10));
  const calm = await runs(server, rooms, { rate: tenth, window: 0, seconds: options.seconds }, options.runs);
  const of = (results, value) => median(results.map(value));
  const cpu = (name) => `${count(of(full, (result) => (1e6 * result.processes[name].cpu_s) / result.answered))} µs`;
  const row = [
    server.name, count(rooms), count(rate), ratio(rate / most.get(rooms)), ms(of(full, ({ answer }) => answer.p99_ms)), count(tenth),
    ms(of(calm, ({ answer }) => answer.p50_ms)), ms(of(calm, ({ answer }) => answer.p99_ms)), cpu('gateway'), cpu('backend'),
    cpu('postgres'), [...full, ...calm].map(flaws).find((text) => text !== '') ?? '0',
  ];
  return { row, results: [...full, ...calm] };
}

// options: runs, seconds, builds
export async function send(options) {
  const most = await reference();
  const rows = [];
  const results = [];
  for (const build of options.builds) {
    const server = await startParley({ ...build, isFrontPinned: false });
    try {
      for (const rooms of kRooms) {
        const measured = await measureRooms(server, rooms, most, options);
        rows.push(measured.row);
        results.push(...measured.results);
      }
    } finally {
      await server.stop();
    }
  }
  printTable(`Acknowledged messages: ${kSenders} senders, ${kWindow} of each under way; then a tenth of that on a schedule`, [
    'server', 'rooms', 'acknowledged/s', 'of PostgreSQL itself', 'p99', 'a tenth/s', 'p50', 'p99', 'gateway a message', 'backend',
    'PostgreSQL', 'wrong',
  ], rows);
  printDisturbance(results);
}
