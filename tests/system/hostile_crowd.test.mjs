// A crowd that means ill (silent and idle connections, a byte a second, floods, giant frames, broken text, compressed
// frames, those that ask for more than they read) beside a hundred people who chat: they lose nothing, and wait for
// nothing. PARLEY_TEST_HOSTILE=N: how many;
// PARLEY_TEST_HOSTILE_S=N: for so many seconds once they are there.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import WebSocket from 'ws';

import { startSystem, until } from '../support/system.mjs';

const kHostile = Number(process.env.PARLEY_TEST_HOSTILE ?? 2_000);
const kAttackMs = 1000 * Number(process.env.PARLEY_TEST_HOSTILE_S ?? 10);
const kFloods = 30;
const kHogs = 40; // that make the gateway hold as much for them as it may
const kBytesOfHogMax = 3 * 1_048_576; // its queue, and two pages
const kLargeRoom = 'hostile-large';
const kLargeBody = '\u{1F600}'.repeat(4_000); // 16,000 bytes, as large as may be
const kLargeIntervalMs = 50;
const kAddresses = Math.max(10, Math.ceil(kHostile / 500)); // of the crowd
const kOfOneProcess = 10_000; // connections; descriptors are limited
const kHonest = 100;
const kRooms = 10;
const kIntervalMs = 1_000; // between two messages of one person
const kP99MsMax = 100;
const kOwnBytesMax = 64_000_000; // what the gateway may grow by beside that
const kBytesOfOneMax = 32_768; // and for each that is hostile
const kTimeoutMs = 3_000;

let system;
let gateway;
before(async () => {
  // As many as are in the crowd's way: it keeps coming, and is refused.
  const ofOneAddress = Math.max(Math.ceil((0.6 * kHostile) / kAddresses), kHonest + 20);
  system = await startSystem({
    gatewayOptions: {
      connections_max: Math.max(1_000, Math.min(9_500, kHostile)), connections_per_address_max: ofOneAddress,
      // Fewer than there are: places are short.
      http_connections_max: Math.min(9_500, Math.ceil(kHostile * 0.5)), http_connections_per_address_max: ofOneAddress,
      upgrades_per_address_per_second_max: 5,
      handshake_timeout_ms: kTimeoutMs, message_timeout_ms: kTimeoutMs, ping_interval_ms: kTimeoutMs,
    },
  });
  [gateway] = system.gateways;
});
after(() => system?.stop());

const now = () => performance.timeOrigin + performance.now();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const percentile = (times, part) => [...times].sort((left, right) => left - right)[Math.ceil(times.length * part) - 1];

async function residentBytes({ pid }) {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]);
}

// One who chats: writes at a steady pace, and notes what comes, when.
class Person {
  offsets = [];
  latencies = []; // [when it came, after how many ms]
  answered = 0;
  sent = 0;
  problems = [];

  static async connect(index) {
    const person = new Person();
    person.room = `honest-${index % kRooms}`;
    person.ws = new WebSocket(`ws://${gateway.address}/ws?room=${person.room}`, ['chat.v1.json'], { perMessageDeflate: false });
    await new Promise((resolve, reject) => person.ws.once('open', resolve).once('error', reject));
    const subscribed = new Promise((resolve) => (person.subscribed = resolve));
    person.ws.on('message', (data) => person.#take(JSON.parse(data)));
    person.ws.on('close', (code) => person.problems.push(`closed with ${code}`));
    person.ws.send(JSON.stringify({ action: 'subscribe', request_id: 'subscribe', room: person.room }));
    await subscribed;
    return person;
  }

  #take({ action, event, error, resync }) {
    if (error) this.problems.push(JSON.stringify(error));
    if (resync) this.problems.push('resync');
    if (action === 'subscribe') this.subscribed();
    if (action === 'send_message') this.answered += 1;
    if (!event?.message) return;
    this.offsets.push(Number(event.message.offset));
    this.latencies.push([now(), now() - Number(event.message.client_time)]);
  }

  chat(delayMs) {
    this.timer = setTimeout(() => {
      this.timer = setInterval(() => this.say(), kIntervalMs);
    }, delayMs);
  }

  say() {
    this.sent += 1;
    this.ws.send(JSON.stringify({
      action: 'send_message', request_id: `m${this.sent}`, room: this.room, body: 'one of many', client_time: String(now()),
    }));
  }

  fallSilent() {
    clearTimeout(this.timer);
  }
}

// Goes on writing into the room whose pages and events are large.
async function startLargeRoom() {
  const ws = new WebSocket(`ws://${gateway.address}/ws?room=${kLargeRoom}`, ['chat.v1.json'], { perMessageDeflate: false });
  await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    ws.send(JSON.stringify({ action: 'send_message', request_id: `l${sent}`, room: kLargeRoom, body: kLargeBody }));
  }, kLargeIntervalMs);
  return { end: () => { clearInterval(timer); ws.terminate(); } };
}

function startCrowd() {
  const processes = Math.ceil(kHostile / kOfOneProcess);
  const ofOne = Math.ceil(kAddresses / processes);
  return Array.from({ length: processes }, (_, index) => fork(
    fileURLToPath(new URL('../support/hostile_crowd.mjs', import.meta.url)),
    [JSON.stringify({ port: gateway.port, count: kHostile / processes, floods: kFloods / processes, hogs: kHogs / processes, addresses: ofOne, first: 1 + index * ofOne })],
    { execArgv: [] },
  ));
}

// What has become of the crowd: the numbers of its processes, added up.
async function reportOf(crowd) {
  const reports = await Promise.all(crowd.map((child) => new Promise((resolve) => {
    child.once('message', resolve);
    child.send('report');
  })));
  const add = (sum, more) => {
    for (const [key, value] of Object.entries(more)) {
      sum[key] = typeof value === 'number' ? (sum[key] ?? 0) + value : add(sum[key] ?? {}, value);
    }
    return sum;
  };
  return reports.reduce(add, {});
}

// Whoever comes new, and tries again as the page does: how long it took.
async function comeIn() {
  const began = now();
  await until('a newcomer to be let in', () => new Promise((resolve) => {
    const ws = new WebSocket(`ws://${gateway.address}/ws?room=newcomers`, ['chat.v1.json'], { perMessageDeflate: false });
    ws.once('open', () => {
      ws.terminate();
      resolve(true);
    });
    ws.on('error', () => resolve(false));
  }), 10_000);
  return now() - began;
}

test(`${kHostile} hostile connections beside ${kHonest} honest ones, which lose nothing and wait for nothing`, async () => {
  const people = await Promise.all(Array.from({ length: kHonest }, (_, index) => Person.connect(index)));
  people.forEach((person, index) => person.chat((index * kIntervalMs) / kHonest));
  await pause(2_000);
  const bytesBefore = await residentBytes(gateway);
  const largeRoom = await startLargeRoom();
  const crowd = startCrowd();
  try {
    const attackBegan = now();
    let report;
    await until('the crowd to be there', async () => {
      report = await reportOf(crowd);
      return report.opened >= kHostile;
    }, 120_000);
    const arrivals = [];
    const isAllHere = now();
    let mostOpen = 0;
    while (now() - isAllHere < kAttackMs) {
      arrivals.push(await comeIn());
      report = await reportOf(crowd);
      mostOpen = Math.max(mostOpen, report.open);
      await pause(500);
    }
    const grown = (await residentBytes(gateway)) - bytesBefore;
    for (const person of people) person.fallSilent();
    await until('all answers', () => people.every(({ sent, answered }) => sent === answered));
    const sentTo = (room) => people.filter((person) => person.room === room).reduce((sum, { sent }) => sum + sent, 0);
    await until('all messages', () => people.every((person) => person.offsets.length === sentTo(person.room)));

    const latencies = people.flatMap((person) => person.latencies).filter(([when]) => when > attackBegan).map(([, ms]) => ms);
    const p99 = percentile(latencies, 0.99);
    console.log(`deliveries: ${latencies.length}, p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
      `most ${Math.max(...latencies).toFixed(1)} ms; gateway grown by ${(grown / 1e6).toFixed(1)} MB; ` +
      `newcomers let in within ${Math.max(...arrivals).toFixed(0)} ms; open at most ${mostOpen}`);
    console.log(JSON.stringify(report));

    for (const { problems, offsets } of people) {
      assert.deepEqual(problems, []);
      const first = offsets[0];
      assert.deepEqual(offsets, offsets.map((_, index) => first + index), 'each once, in order');
    }
    assert.ok(p99 < kP99MsMax, `p99 ${p99} ms`);
    assert.ok(grown < kOwnBytesMax + kHostile * kBytesOfOneMax + kHogs * kBytesOfHogMax, `grown by ${grown} bytes`);
    assert.ok(Math.max(...arrivals) < 5_000, 'whoever comes meanwhile is let in');
    // It was an attack of all kinds, and each was answered as it should be.
    assert.ok(mostOpen > kHostile / 2, `${mostOpen} were open at a time`);
    for (const code of [1002, 1007, 1008, 1009]) assert.ok(report.codes[code] > 0, `nobody was closed with ${code}`);
    for (const kind of ['greedy', 'laggard']) assert.ok(report.kinds[kind] > 0, `nobody was ${kind}`);
    for (const status of [101, 200, 400, 408, 429]) assert.ok(report.statuses[status] > 0, `nobody was answered with ${status}`);
    assert.ok(report.silentEnds > 0, 'silent ones were cut off');
  } finally {
    for (const child of crowd) child.kill();
    largeRoom.end();
    for (const person of people) person.ws.terminate();
  }
});
