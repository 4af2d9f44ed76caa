// A real partition: a backend in a network namespace of its own, and its link taken away, so that TCP retransmits into the
// void as it does between machines. PARLEY_TEST_PARTITION_S=N: for so many seconds.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { JsonSocket } from '../support/chat_sockets.mjs';
import { expectAllAcknowledgedOnce, startReaders, startWriters, untilMoreAcknowledged } from '../support/load.mjs';
import { Server, currentBackend, isReady, startSystem, until } from '../support/system.mjs';

const kPartitionMs = 1000 * Number(process.env.PARLEY_TEST_PARTITION_S ?? 12);
const kCallDeadlineMs = 8_000; // call_deadline_ms
const kNoticedWithinMs = 8_000;
const kWholeWithinMs = 5_000;

// A namespace that is reached over one link. The addresses are of TEST-NET-2 (RFC 5737), a pair for each process.
class Namespace {
  #name = `parley-${process.pid}`;
  #here = `pl${process.pid}`;
  #there = `pr${process.pid}`;
  hostAddress = `198.51.100.${2 * (process.pid % 100) + 1}`;
  address = `198.51.100.${2 * (process.pid % 100) + 2}`;

  // Null where this machine does not allow it.
  static make() {
    const namespace = new Namespace();
    try {
      namespace.#ip('netns', 'add', namespace.#name);
    } catch (error) {
      if (error.code === 'ENOENT') throw error;
      return null;
    }
    process.on('exit', () => namespace.remove());
    namespace.#ip('link', 'add', namespace.#here, 'type', 'veth', 'peer', 'name', namespace.#there, 'netns', namespace.#name);
    namespace.#ip('addr', 'add', namespace.hostAddress, 'peer', namespace.address, 'dev', namespace.#here);
    namespace.#ip('link', 'set', namespace.#here, 'up');
    namespace.#inside('addr', 'add', namespace.address, 'peer', namespace.hostAddress, 'dev', namespace.#there);
    namespace.heal();
    return namespace;
  }

  part() {
    this.#inside('link', 'set', this.#there, 'down');
  }

  heal() {
    this.#inside('link', 'set', this.#there, 'up');
    // The address's route went with the link.
    this.#inside('route', 'replace', this.hostAddress, 'dev', this.#there, 'src', this.address);
  }

  remove() {
    try {
      this.#ip('netns', 'del', this.#name);
    } catch {
      // It is gone.
    }
  }

  // The arguments that run a program inside.
  get prefix() {
    return ['ip', 'netns', 'exec', this.#name];
  }

  #ip(...words) {
    execFileSync('ip', words, { stdio: 'ignore' });
  }
  #inside(...words) {
    this.#ip('-n', this.#name, ...words);
  }
}

class NamespacedServer extends Server {
  constructor(namespace, ...rest) {
    super(...rest);
    this.namespace = namespace;
  }
  get address() {
    return `${this.namespace.address}:${this.port}`;
  }
  get prefix() {
    return this.namespace.prefix;
  }
}

const namespace = Namespace.make();
const options = { skip: namespace === null && 'network namespaces take root' };

let system;
let far;
before(async () => {
  if (!namespace) return;
  system = await startSystem({ backends: 1 });
  far = new NamespacedServer(namespace, 'backend-far', currentBackend,
    { database_url: system.databaseUrl, grpc_address: '0.0.0.0', api_tokens: 'off' }, system.folder);
  await far.start('grpc_port');
  system.backends.push(far);
});
after(async () => {
  await system?.stop();
  namespace?.remove();
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test('with another backend: sends go on, nothing is lost, the stream moves', options, async (t) => {
  const [near] = system.backends;
  const gateway = await system.addGateway({ backends: `${far.address},${near.address}` });
  const sockets = await startReaders([gateway], 'part-two');
  const writers = await startWriters([gateway], 'part-two', 4);
  await untilMoreAcknowledged(writers, 10);
  namespace.part();
  const began = performance.now();
  await untilMoreAcknowledged(writers, 10);
  assert.ok(performance.now() - began < kCallDeadlineMs + kWholeWithinMs);
  const seen = sockets[0].bodies('part-two').length;
  await sockets[0].untilPushed('part-two', seen + 1);
  const silentMs = performance.now() - began;
  t.diagnostic(`messages come again ${(silentMs / 1000).toFixed(1)} s after the partition`);
  assert.ok(silentMs < kNoticedWithinMs, `${silentMs} ms`);
  await pause(Math.max(0, kPartitionMs - (performance.now() - began)));
  namespace.heal();
  await untilMoreAcknowledged(writers, 10);
  await Promise.all(writers.map((writer) => writer.stop()));
  await expectAllAcknowledgedOnce(system, 'part-two', writers, sockets);
  for (const socket of sockets) await socket.close();
});

test('with no other: calls end at their deadline with a retryable error, and all is whole soon after', options, async (t) => {
  const gateway = await system.addGateway({ backends: far.address });
  const socket = await JsonSocket.connect(gateway, '?room=part-one&name=Ann&author_id=ann');
  await socket.subscribe('part-one');
  namespace.part();
  const began = performance.now();
  let attempts = 0;
  while (performance.now() - began < kPartitionMs) {
    const sent = performance.now();
    const { error } = await socket.sendMessage('part-one', 'late', 'late');
    assert.equal(error?.retryable, true);
    assert.ok(performance.now() - sent < kCallDeadlineMs + 1_000);
    attempts += 1;
    await pause(200);
  }
  namespace.heal();
  const healed = performance.now();
  await until('the message to be stored', async () => (await socket.sendMessage('part-one', 'late', 'late')).send_message);
  await until('the gateway to be ready', () => isReady(gateway.port));
  await socket.untilPushed('part-one', 1);
  const wholeMs = performance.now() - healed;
  t.diagnostic(`${attempts} attempts in ${kPartitionMs / 1000} s; whole ${(wholeMs / 1000).toFixed(1)} s after healing`);
  assert.ok(wholeMs < kWholeWithinMs, `${wholeMs} ms`);
  assert.deepEqual(socket.bodies('part-one'), ['late']);
  await socket.close();
});
