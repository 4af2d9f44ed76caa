// What grows with the size of things, and what does not: a delivery with the readers of its room, a page of history with the
// messages stored, a resumption with the messages missed.
import { flaws, join } from './generator.mjs';
import { installPeers } from './peers.mjs';
import { plot } from './plot.mjs';
import { count, median, ms, printDisturbance, printTable, record, tell } from './results.mjs';
import { startParley } from './servers.mjs';

const kDeliveriesOfASecond = 50_000; // at every size: only the size changes
const kReaders = [100, 1_000, 10_000];
const kStored = [1_000, 10_000, 100_000, 1_000_000];
const kStoredMost = 10_000_000;
const kMissed = [1, 10, 100, 1_000, 10_000];
const kPageSize = 50;
const kAsks = 300;
const kRoom = 'growth';
const kRowsAtOnce = 100_000;

async function measureDelivery(server, options) {
  const rows = [];
  const points = [];
  const results = [];
  for (const readers of kReaders) {
    const people = { protocol: 'chat.v1.proto', rooms: 1, receivers: readers, senders: 10 };
    const command = { do: 'run', rate: kDeliveriesOfASecond / readers, seconds: options.seconds };
    let crowd;
    try {
      crowd = await join(server, people);
      const ofSize = [];
      for (let index = 0; index < options.runs; ++index) {
        ofSize.push(await crowd.tell(command));
        await record('growth', server, { ...people, ...command }, ofSize.at(-1));
        tell(`${count(readers)} readers: p99 ${ms(ofSize.at(-1).delivery.p99_ms)} ${flaws(ofSize.at(-1))}`);
      }
      const cost = median(ofSize.map((result) => (1e6 * result.processes.gateway.cpu_s) / result.delivered));
      rows.push([count(readers), count(command.rate), `${cost.toFixed(2)} µs`, ms(median(ofSize.map(({ delivery }) => delivery.p99_ms))),
        ofSize.map(flaws).find((text) => text !== '') ?? '0']);
      points.push([readers, cost]);
      results.push(...ofSize);
    } catch (error) {
      tell(`${count(readers)} readers: ${error.message}`);
      rows.push([count(readers), count(command.rate), '–', '–', error.message]);
    } finally {
      await crowd?.end();
    }
  }
  printTable(`A delivery, ${count(kDeliveriesOfASecond)} of them a second`, ['readers', 'messages/s', 'gateway CPU', 'p99', 'wrong'], rows);
  await plot('growth-delivery', { title: 'Cost of a delivery', xTitle: 'readers of the room', yTitle: 'gateway CPU, µs',
    series: [{ name: 'a delivery', points }] });
  return results;
}

// Adds messages to the room, which nobody is in, until so many are stored.
async function fill(system, stored) {
  const [[before]] = await system.query(`SELECT last_offset FROM rooms WHERE name = '${kRoom}'`);
  for (let first = Number(before) + 1; first <= stored; first += kRowsAtOnce) {
    const last = Math.min(stored, first + kRowsAtOnce - 1);
    await system.query(`WITH added AS (
        INSERT INTO messages (room_id, message_offset, change_offset, author_id, author_name, request_id, body, client_time, create_time)
        SELECT room_id, number, number, 'author-' || number % 100, 'Author ' || number % 100, 'fill-' || number, repeat('x', 100), '', now()
        FROM rooms, generate_series(${first}, ${last}) AS number WHERE name = '${kRoom}')
      UPDATE rooms SET last_offset = ${last} WHERE name = '${kRoom}'`);
  }
  await system.query('VACUUM ANALYZE messages');
  await system.query('CHECKPOINT');
}

// The time of one command after the other, and the processes' share of it: {p50, p99, cpu}.
async function timed(server, ask) {
  await ask(); // whatever is done once
  const times = [];
  const watched = await join({ ...server, ready: undefined }, { protocol: 'chat.v1.proto', rooms: 1, receivers: 0, senders: 1 });
  let result;
  try {
    const silence = watched.tell({ do: 'run', rate: 0, window: 0, warm_up_seconds: 0.1, seconds: 2 });
    let isOver = false;
    silence.finally(() => (isOver = true)).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 500)); // the clients are settled, the measurement has begun
    while (!isOver || times.length < kAsks) {
      const begin = process.hrtime.bigint();
      await ask();
      times.push(Number(process.hrtime.bigint() - begin) / 1e6);
    }
    result = await silence;
  } finally {
    await watched.end();
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.ceil(share * times.length) - 1];
  return { p50: at(0.5), p99: at(0.99), asks: times.length, others_cpu_s: result.others_cpu_s, stolen_s: result.stolen_s, seconds: result.seconds };
}

async function measureHistory(server, JsonSocket, options) {
  const sizes = options.isLong ? [...kStored, kStoredMost] : kStored;
  const rows = [];
  const results = [];
  const [latest, deep] = [[], []];
  (await JsonSocket.open(server.port, kRoom)).close(); // the room is made
  await server.ready();
  for (const stored of sizes) {
    await fill(server.system, stored);
    tell(`${count(stored)} messages are stored`);
    const socket = await JsonSocket.open(server.port, kRoom);
    const page = (token) => socket.ask('get_messages', { room: kRoom, page_size: kPageSize, ...(token ? { page_token: token } : {}) });
    // The oldest page is the last of all of them: this one is found by leaping, since a token is opaque and each leads to the next.
    let token = (await page()).previous_page_token;
    for (let pages = 0; pages < 20 && token !== ''; ++pages) {
      const next = (await page(token)).previous_page_token;
      if (next === '') break;
      token = next;
    }
    const first = await timed(server, () => page());
    const back = await timed(server, () => page(token));
    socket.close();
    await record('growth', server, { stored, page_size: kPageSize }, { first, back });
    rows.push([count(stored), ms(first.p50), ms(first.p99), ms(back.p50), ms(back.p99)]);
    latest.push([stored, first.p50]);
    deep.push([stored, back.p50]);
    results.push(first, back);
    await server.ready();
  }
  printTable(`A page of ${kPageSize} messages, one asked for after the other`,
    ['stored', 'latest page, p50', 'p99', '20 pages back, p50', 'p99'], rows);
  await plot('growth-history', { title: 'A page of history', xTitle: 'messages stored in the room', yTitle: 'p50, ms',
    series: [{ name: 'latest page', points: latest }, { name: '20 pages back', points: deep }] });
  return results;
}

async function measureResume(server, JsonSocket) {
  const rows = [];
  const results = [];
  const points = [];
  const socket = await JsonSocket.open(server.port, kRoom);
  try {
    const subscribe = (position) => socket.ask('subscribe', { room: kRoom, page_size: kPageSize, ...(position ? { position } : {}) });
    const unsubscribe = () => socket.ask('unsubscribe', { room: kRoom });
    const { position: head } = await subscribe();
    await unsubscribe();
    for (const missed of kMissed) {
      const position = { epoch: head.epoch, offset: String(BigInt(head.offset) - BigInt(missed)) };
      let caught;
      const result = await timed(server, async () => {
        caught = await subscribe(position);
        await unsubscribe();
      });
      await record('growth', server, { missed }, { ...result, reset: caught.reset });
      rows.push([count(missed), caught.reset ? `the latest ${caught.messages.length}, a reset` : count(caught.messages.length), ms(result.p50), ms(result.p99)]);
      points.push([missed, result.p50]);
      results.push(result);
    }
  } finally {
    socket.close();
  }
  printTable('Subscribing from an earlier position, and unsubscribing', ['messages missed', 'messages that came', 'p50', 'p99'], rows);
  await plot('growth-resume', { title: 'Coming back', xTitle: 'messages missed', yTitle: 'p50, ms', series: [{ name: 'subscribe', points }] });
  return results;
}

// options: runs, seconds, builds, isLong
export async function growth(options) {
  await installPeers();
  const { JsonSocket } = await import('./peers/json_socket.mjs');
  const server = await startParley(options.builds[0]);
  try {
    const results = [
      ...await measureDelivery(server, options), ...await measureHistory(server, JsonSocket, options),
      ...await measureResume(server, JsonSocket),
    ];
    printDisturbance(results);
  } finally {
    await server.stop();
  }
}
