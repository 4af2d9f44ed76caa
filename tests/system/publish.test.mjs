// Publishing while people are there: no request fails, no connection drops, every answer is of one release.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { mkdir, readFile, readlink, rm, stat, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { JsonSocket, TutorialSocket } from '../support/chat_sockets.mjs';
import { expectAllAcknowledgedOnce, startReaders, startWriters } from '../support/load.mjs';
import { makeSite, manifestOf, publish, publishProgram, rollBack } from '../support/releases.mjs';
import { startSystem, until } from '../support/system.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let system;
let releases;
let site;
const manifests = new Map(); // by version: path -> sha256
before(async () => {
  // The gateways find their folder when they start; its first release comes later.
  system = await startSystem({ gateways: 0 });
  releases = join(system.folder, 'releases');
  site = join(system.folder, 'site');
  await mkdir(releases);
  await publishVersion('v0');
  // Only the folder itself can tell them of a change.
  for (let count = 0; count < 2; ++count) await system.addGateway({ releases_dir: releases, releases_poll_ms: 600_000 });
});
after(() => system?.stop());

async function publishVersion(version) {
  await makeSite(site, version);
  const id = await publish(releases, site, 250);
  const files = await manifestOf(releases, id);
  manifests.set(version, new Map(files.map(({ path, sha256: sum }) => [path, sum])));
  return id;
}

const versionOf = (page) => /name="version" content="(\w+)"/.exec(page)?.[1];
const pageOf = async (gateway) => (await fetch(`http://${gateway.address}/`)).text();
const untilServed = (version) =>
  until(`both gateways to serve ${version}`, async () =>
    (await Promise.all(system.gateways.map(pageOf))).every((page) => versionOf(page) === version));

// Loads the page from one gateway and what it names from another, over one connection to each, over and over.
class Visitor {
  loads = 0;
  versions = new Set();
  connections = 0;
  #stopping = false;

  constructor(gateways) {
    this.gateways = gateways;
    this.agents = gateways.map(() => new http.Agent({ keepAlive: true, maxSockets: 1 }));
    for (const agent of this.agents) {
      const create = agent.createConnection.bind(agent);
      agent.createConnection = (...rest) => {
        this.connections += 1;
        return create(...rest);
      };
    }
    this.done = this.#run();
  }

  #get(index, path, coding = 'identity') {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.gateways[index].port, path, agent: this.agents[index] };
      http.get({ ...options, headers: { 'accept-encoding': coding } }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      }).on('error', reject);
    });
  }

  async #run() {
    while (!this.#stopping) {
      const first = this.loads % this.gateways.length;
      const page = await this.#get(first, '/r/den');
      assert.equal(page.status, 200);
      const version = versionOf(page.body.toString());
      this.versions.add(version);
      // A release is served before its publisher has ended: its manifest is there a little later.
      const files = await until(`the manifest of ${version}`, () => manifests.get(version));
      assert.equal(sha256(page.body), files.get('index.html'));
      for (const path of page.body.toString().match(/assets\/[\w.]+/g)) {
        const asset = await this.#get((first + 1) % this.gateways.length, `/${path}`);
        assert.equal(asset.status, 200, `${path}, named by a page that was just served`);
        assert.equal(sha256(asset.body), files.get(path), path);
      }
      const coded = await this.#get(first, '/', 'gzip');
      assert.equal(coded.headers['content-encoding'], 'gzip');
      const sum = sha256(coded.body);
      await until('the compressed page to be in a manifest', () =>
        [...manifests.values()].some((of) => of.get('index.html.gz') === sum));
      this.loads += 1;
    }
  }

  async stop() {
    this.#stopping = true;
    await this.done;
    for (const agent of this.agents) agent.destroy();
  }
}

test('50 publishes under load: nothing fails, nothing drops, every answer is wholly of one release', async () => {
  const kPublishes = 50;
  const visitors = Array.from({ length: 4 }, () => new Visitor(system.gateways));
  const readers = await startReaders(system.gateways, 'busy');
  const writers = await startWriters(system.gateways, 'busy', 4);
  const tutorial = await TutorialSocket.connect(system.gateways[0], '/ws?room=quiet');
  let failure;
  for (const { done } of visitors) done.catch((error) => (failure = error));

  const began = performance.now();
  for (let number = 1; number <= kPublishes && !failure; ++number) {
    // Every tenth one is an earlier one again.
    await publishVersion(number % 10 === 0 ? `v${number - 3}` : `v${number}`);
  }
  if (failure) throw failure;
  const tookMs = performance.now() - began;
  await untilServed('v47');
  for (const visitor of visitors) await visitor.stop();
  if (failure) throw failure;
  for (const writer of writers) await writer.stop();

  const loads = visitors.reduce((sum, visitor) => sum + visitor.loads, 0);
  const seen = new Set(visitors.flatMap((visitor) => [...visitor.versions]));
  console.log(`${kPublishes} publishes in ${Math.round(tookMs)} ms; ${loads} page loads saw ${seen.size} versions`);
  assert.ok(seen.size >= 40, `${seen.size} versions were seen`);
  for (const visitor of visitors) assert.equal(visitor.connections, 2, 'one connection to each gateway, for all requests');
  for (const writer of writers) assert.deepEqual(writer.failures, []);
  for (const reader of readers) assert.equal(reader.closed, null);
  await expectAllAcknowledgedOnce(system, 'busy', writers, readers);

  for (const reader of readers) {
    const told = reader.frames.map((frame) => frame.push?.page_version?.version).filter(Boolean);
    assert.equal(told.at(-1), 'v47');
    assert.ok(told.length >= 40, `${told.length} versions were told`);
    await reader.close();
  }
  assert.deepEqual(tutorial.frames, [], "the tutorial's clients are told nothing");
  await tutorial.close();
});

test('a publisher that is killed on its way leaves a whole release, the old one or the new', async () => {
  let old = versionOf(await pageOf(system.gateways[0]));
  let switches = 0;
  for (let number = 0; number < 20; ++number) {
    const version = `k${number}`;
    await makeSite(site, version);
    const options = [`--releases_dir=${releases}`, `--site_dir=${site}`, '--publish_settle_ms=10'];
    const child = spawn(publishProgram, options, { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const killing = setTimeout(() => child.kill('SIGKILL'), number * 8);
    await ended;
    clearTimeout(killing);
    const current = await readlink(join(releases, 'current'));
    const chosen = versionOf(await readFile(join(releases, current, 'site/index.html'), 'utf8'));
    assert.ok([old, version].includes(chosen), `${chosen} is current after ${old}, while ${version} was published`);
    await untilServed(chosen);
    if (chosen === version) switches += 1;
    old = chosen;
  }
  console.log(`of 20 killed publishers ${switches} had come as far as the switch`);
  await publishVersion('after');
  await untilServed('after');
  for (const gateway of system.gateways) assert.doesNotMatch(await gateway.log(), /release_refused/);
});

test('a damaged release is refused with a line in the log, also at a restart; a rollback is served at once', async () => {
  const [gateway] = system.gateways;
  const good = await publishVersion('good');
  await publishVersion('next');
  await untilServed('next');
  assert.equal(await rollBack(releases), good);
  await untilServed('good');

  // As a copy that broke off would: the whole release is not there, the link is.
  await makeSite(site, 'broken');
  const broken = await publish(releases, site, 0);
  await untilServed('broken');
  await rollBack(releases);
  await untilServed('good');
  await truncate(join(releases, broken, 'site/index.html'), 100);
  await gateway.kill('SIGTERM');
  await rm(join(releases, 'current'));
  await symlink(broken, join(releases, 'current'));
  await gateway.start();
  assert.equal(versionOf(await pageOf(gateway)), 'good', 'the newest of the history that is whole');
  assert.match(await gateway.log(), new RegExp(`release_refused.*${broken}.*index.html is too short`));
  const socket = await JsonSocket.connect(gateway);
  const [{ push }] = await until('the welcome', () => socket.frames.length > 0 && socket.frames);
  assert.equal(push.welcome.page_version, 'good');
  await socket.close();
  // Publishing the same site again mends it.
  assert.equal(await publish(releases, site, 0), broken);
  await untilServed('broken');
});

test('a rollback lasts: what nobody asked for does not undo it', async () => {
  const kept = await publishVersion('kept');
  const left = await publishVersion('left');
  await untilServed('left');
  assert.equal(await rollBack(releases), kept);
  await untilServed('kept');
  // As `docker compose up` and `./dev up` do, with the same page as before.
  assert.equal(await publish(releases, site, 0, '--when_withdrawn=keep'), kept);
  assert.deepEqual(await Promise.all(system.gateways.map(async (gateway) => versionOf(await pageOf(gateway)))), ['kept', 'kept']);
  await assert.rejects(publish(releases, site, 0, '--when_withdrawn=perhaps'), { code: 2 });
  const list = (await promisify(execFile)(publishProgram, ['list', `--releases_dir=${releases}`])).stdout;
  assert.match(list, new RegExp(`^\\* ${kept}\n  ${left} withdrawn\n$`, 'm'));
  assert.equal(await publish(releases, site, 0), left);
  await untilServed('left');
});

test('a page that is published under a strict umask is served', async () => {
  await makeSite(site, 'strict');
  const strict = join(system.folder, 'strict');
  const options = `--releases_dir=${strict} --site_dir=${site} --publish_settle_ms=0`;
  const id = (await promisify(execFile)('sh', ['-c', `umask 077 && exec ${publishProgram} ${options}`])).stdout.trim();
  for (const path of ['', 'history', id, `${id}/manifest.json`, `${id}/site`, `${id}/site/assets`, `${id}/site/index.html`]) {
    const { mode } = await stat(join(strict, path));
    assert.equal((mode & 0o044).toString(8), '44', path);
  }
});
