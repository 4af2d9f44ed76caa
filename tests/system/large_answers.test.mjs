// Clients that ask for large pages and do not read them, and clients of the tutorial's contract that fell far behind:
// what waits for them is bounded, and whoever reads again gets everything.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import WebSocket from 'ws';

import { startSystem, until } from '../support/system.mjs';

const kBody = '\u{1F600}'.repeat(4_000); // as large as may be: 16,000 bytes
const kBodyBytes = 16_000;
const kQueueBytesMax = 1_048_576;
const kPageBytesMax = 1_048_576; // of bodies
const kWriters = 10;
// What the gateway itself may grow by while it works: buffers, gRPC, what the allocator keeps.
const kOwnBytesMax = 64_000_000;

let system;
let gateway;
before(async () => {
  system = await startSystem({ gatewayOptions: { send_queue_bytes_max: kQueueBytesMax } });
  [gateway] = system.gateways;
});
after(() => system?.stop());

async function residentBytes() {
  const status = await readFile(`/proc/${gateway.pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]);
}

function open(path, protocols = []) {
  const ws = new WebSocket(`ws://${gateway.address}${path}`, protocols, { perMessageDeflate: false });
  return new Promise((resolve, reject) => ws.once('open', () => resolve(ws)).once('error', reject));
}

// Writes so many of the largest messages, several at a time.
async function fill(room, count) {
  await Promise.all(Array.from({ length: kWriters }, async (_, writer) => {
    const ws = await open(`/ws?room=${room}`, ['chat.v1.json']);
    let answered = 0;
    ws.on('message', (data) => {
      const { error, action } = JSON.parse(data);
      assert.equal(error, undefined);
      answered += action === 'send_message' ? 1 : 0;
    });
    for (let index = 0; index < count / kWriters; ++index) {
      ws.send(JSON.stringify({ action: 'send_message', request_id: `w${writer}-${index}`, room, body: kBody }));
    }
    await until('the messages to be stored', () => answered === count / kWriters, 60_000);
    ws.terminate();
  }));
}

// The most that the gateway holds while `wait` runs, beyond what it held before.
async function growth(wait) {
  const bytesBefore = await residentBytes();
  let most = bytesBefore;
  const watch = setInterval(async () => {
    most = Math.max(most, await residentBytes());
  }, 50);
  await wait();
  clearInterval(watch);
  return most - bytesBefore;
}

// Until the gateway has done nothing more for the sockets for a while.
async function settle() {
  const cpuTicks = async () => (await readFile(`/proc/${gateway.pid}/stat`, 'utf8')).split(' ').slice(13, 15).map(Number)
    .reduce((sum, more) => sum + more);
  let last = await cpuTicks();
  let still = 0;
  await until('the gateway to be idle', async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = await cpuTicks();
    still = now - last <= 1 ? still + 1 : 0;
    last = now;
    return still >= 10;
  }, 60_000);
}

test('pages that nobody reads are not read ahead', async (t) => {
  const kSockets = 12;
  const kPages = 24;
  await fill('pages', 80);
  const readers = [];
  for (let index = 0; index < kSockets; ++index) {
    const ws = await open('/ws?room=nowhere', ['chat.v1.json']);
    readers.push({ ws, pages: [] });
  }
  t.after(() => readers.forEach(({ ws }) => ws.terminate()));
  const grown = await growth(async () => {
    for (const { ws } of readers) {
      ws.pause();
      for (let page = 0; page < kPages; ++page) {
        ws.send(JSON.stringify({ action: 'get_messages', request_id: `p${page}`, room: 'pages', page_size: 500 }));
      }
    }
    await settle();
  });
  // One queue, and the two pages that were under way when it filled.
  const bound = kSockets * (kQueueBytesMax + 2 * kPageBytesMax) + kOwnBytesMax;
  t.diagnostic(`grown by ${(grown / 1e6).toFixed(1)} MB, of at most ${(bound / 1e6).toFixed(1)}`);
  assert.ok(grown <= bound, `grown by ${grown} bytes, more than ${bound}`);

  for (const reader of readers) {
    reader.ws.on('message', (data) => {
      const { request_id: id, result } = JSON.parse(data);
      if (id) reader.pages.push([id, result.messages.length]);
    });
    reader.ws.resume();
  }
  await until('all pages', () => readers.every(({ pages }) => pages.length === kPages), 90_000);
  for (const { pages } of readers) {
    assert.equal(new Set(pages.map(([id]) => id)).size, kPages);
    for (const [, count] of pages) assert.equal(count, Math.floor(kPageBytesMax / kBodyBytes));
  }
});

test('readers of the tutorial who fell far behind are caught up a page at a time', async (t) => {
  const kLaggards = 10;
  const kMessages = 2_000;
  const kReadBytes = 12_000_000; // then it reads no more: enough for half its queue to be free
  const readers = [];
  for (let index = 0; index < kLaggards; ++index) {
    const reader = { ws: await open('/ws?room=behind'), ids: [], bytes: 0, bytesMax: kReadBytes };
    reader.ws.on('message', (data) => {
      const { id, message } = JSON.parse(data);
      assert.equal(message.length, kBody.length);
      reader.ids.push(Number(id));
      reader.bytes += data.length;
      if (reader.bytes >= reader.bytesMax) reader.ws.pause();
    });
    readers.push(reader);
  }
  t.after(() => readers.forEach(({ ws }) => ws.terminate()));
  for (const { ws } of readers) ws.pause();
  await fill('behind', kMessages);
  const grown = await growth(async () => {
    for (const { ws } of readers) ws.resume();
    await until('each to have read something', () => readers.every(({ bytes, bytesMax }) => bytes >= bytesMax), 60_000);
    await settle();
  });
  const bound = kLaggards * (kQueueBytesMax + 2 * kPageBytesMax) + kOwnBytesMax;
  t.diagnostic(`grown by ${(grown / 1e6).toFixed(1)} MB, of at most ${(bound / 1e6).toFixed(1)}`);
  assert.ok(grown <= bound, `grown by ${grown} bytes, more than ${bound}`);

  for (const reader of readers) {
    reader.bytesMax = Infinity;
    reader.ws.resume();
  }
  await until('all messages', () => readers.every(({ ids }) => ids.length >= kMessages), 90_000);
  for (const { ids } of readers) assert.deepEqual(ids, Array.from({ length: kMessages }, (_, index) => index + 1));
});
