// HTTPS and wss: the page, the sockets, the way there from plain HTTP, and a certificate that changes meanwhile.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { scrape } from '../support/admin.mjs';
import { JsonSocket, ProtoSocket, TutorialSocket } from '../support/chat_sockets.mjs';
import { makeCertificates, Server, startSystem, until } from '../support/system.mjs';

const kHandshakeMs = 2_000;

let folder;
let ca;
let system;
let gateway;
let secure; // the gateway's place over TLS
let tlsPort;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-https-'));
  await makeCertificates(folder, 'server', 'next', 'other');
  ca = await readFile(join(folder, 'authority.crt'));
  system = await startSystem({
    site: true,
    gatewayOptions: {
      tls_certificate_file: join(folder, 'server.crt'),
      tls_key_file: join(folder, 'server.key'),
      tls_port: 0,
      tls_port_file: join(folder, 'tls_port'),
      tls_reload_interval_ms: 100,
      admin_port: 0,
      handshake_timeout_ms: kHandshakeMs,
    },
  });
  [gateway] = system.gateways;
  tlsPort = Number(await readFile(join(folder, 'tls_port'), 'utf8'));
  secure = { scheme: 'wss', address: `localhost:${tlsPort}` };
});
after(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

function request(module, path, options = {}) {
  return new Promise((resolve, reject) => {
    const port = module === https ? tlsPort : gateway.port;
    const call = module.request({ host: 'localhost', family: 4, port, path, ca, agent: false, ...options }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks), socket: response.socket }));
    });
    call.on('error', reject);
    call.end();
  });
}

// The serial number of the certificate that a new connection is shown.
async function serial() {
  const socket = tls.connect({ host: '127.0.0.1', port: tlsPort, servername: 'localhost', ca });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

const serialOf = async (name) => new X509Certificate(await readFile(join(folder, `${name}.crt`))).serialNumber;

async function put(name, part, as = 'server') {
  await copyFile(join(folder, `${name}.${part}`), join(folder, `${as}.${part}.new`));
  await rename(join(folder, `${as}.${part}.new`), join(folder, `${as}.${part}`));
}

const logged = async (event) => (await gateway.log()).split(`"${event}"`).length - 1;

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`the page over ${version}, whole, with Strict-Transport-Security`, async () => {
    const page = await request(https, '/', { minVersion: version, maxVersion: version });
    assert.equal(page.status, 200);
    assert.equal(page.headers['strict-transport-security'], 'max-age=31536000');
    const html = page.body.toString();
    const wasm = /assets\/[\w.-]+\.wasm/.exec(html)[0];
    const asset = await request(https, `/${wasm}`, { minVersion: version, maxVersion: version });
    assert.equal(asset.body.length, Number(asset.headers['content-length']));
    assert.equal(asset.body.subarray(0, 4).toString('latin1'), '\0asm');
  });
}

test('the metrics say when the certificate in use expires', async () => {
  const { validTo } = new X509Certificate(await readFile(join(folder, 'server.crt')));
  const metrics = await scrape(gateway);
  assert.equal(metrics.value('parley_gateway_certificate_expiry_time_seconds'), Date.parse(validTo) / 1000);
});

test('TLS 1.1, a client without http/1.1 and plain HTTP are not answered over TLS', async () => {
  await assert.rejects(request(https, '/', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
  await assert.rejects(request(https, '/', { ALPNProtocols: ['h2'] }));
  assert.equal((await request(https, '/healthz', { ALPNProtocols: ['h2', 'http/1.1'] })).status, 200);
  await assert.rejects(request(http, '/', { port: tlsPort }));
});

test('plain HTTP leads to HTTPS, to the host of the certificate and to no other; probes are answered', async () => {
  const moved = await request(http, '/r/den?name=Ada%20L', { headers: { host: 'localhost:80' } });
  assert.equal(moved.status, 308);
  assert.equal(moved.headers.location, `https://localhost:${tlsPort}/r/den?name=Ada%20L`);
  assert.equal(moved.headers['strict-transport-security'], undefined);
  const elsewhere = await request(http, '/', { headers: { host: 'evil.example' } });
  assert.equal(elsewhere.status, 421);
  assert.equal(elsewhere.headers.location, undefined);
  for (const path of ['/healthz', '/readyz']) assert.equal((await request(http, path)).status, 200, path);
  const socket = await TutorialSocket.connect(gateway).catch((error) => error);
  assert.equal(socket.status, 308);
});

test('a port that something maps is the one in the address', async () => {
  const mapped = new Server('mapped', gateway.program, { ...gateway.options, tls_public_port: 443, tls_port_file: '' }, system.folder);
  await mapped.start('port');
  try {
    const moved = await request(http, '/', { port: mapped.port });
    assert.equal(moved.headers.location, 'https://localhost/');
  } finally {
    await mapped.kill();
  }
});

test('a page that came without TLS may not open a socket over TLS', async () => {
  const own = await TutorialSocket.connect(secure, '/ws', { ca, origin: `https://localhost:${tlsPort}` });
  await own.close();
  const refused = await TutorialSocket.connect(secure, '/ws', { ca, origin: `http://localhost:${tlsPort}` }).catch((error) => error);
  assert.equal(refused.status, 403);
});

test('the three wire formats over wss, small and large, in order', async () => {
  const [ada, bob, old] = await Promise.all([
    JsonSocket.connect(secure, '?room=wss&name=Ada', { ca }),
    ProtoSocket.connect(secure, '?room=wss&name=Bob', { ca }),
    TutorialSocket.connect(secure, '/ws?room=wss', { ca }),
  ]);
  await ada.subscribe('wss');
  await bob.subscribe('wss');
  const bodies = [];
  for (let count = 0; count < 100; ++count) bodies.push(`${count} ${'x'.repeat((count * 97) % 3_900)}`);
  await Promise.all(bodies.map((body, index) => (index % 2 === 0 ? ada : bob).sendMessage('wss', body)));
  await Promise.all([ada.untilPushed('wss', 100), bob.untilPushed('wss', 100)]);
  await until('the tutorial\'s client to have them all', () => old.frames.filter(({ message }) => message).length >= 100);
  assert.deepEqual(ada.bodies('wss').sort(), [...bodies].sort());
  assert.deepEqual(bob.bodies('wss'), ada.bodies('wss'));
  assert.deepEqual(old.frames.map(({ message }) => message), ada.bodies('wss'));
  // An answer of several records.
  const page = await ada.command('get_messages', { room: 'wss', limit: 100 });
  assert.ok(JSON.stringify(page).length > 100_000, JSON.stringify(page).slice(0, 300));
  for (const socket of [ada, bob, old]) assert.equal((await socket.close()).code, 1000);
});

test('a handshake that does not end is ended', async () => {
  const hello = Buffer.from('16030100c8010000c40303', 'hex'); // the begin of a ClientHello
  for (const bytes of [Buffer.alloc(0), hello]) {
    const socket = net.connect(tlsPort, '127.0.0.1');
    await once(socket, 'connect');
    const began = Date.now();
    socket.write(bytes);
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'close');
    assert.ok(Date.now() - began < kHandshakeMs * 2, `${Date.now() - began} ms`);
  }
});

test('a new certificate is taken without dropping a socket; a bad one is refused', async () => {
  const socket = await JsonSocket.connect(secure, '?room=renewal&name=Ada', { ca });
  await socket.subscribe('renewal');
  assert.equal(await serial(), await serialOf('server'));
  const next = await serialOf('next');

  await put('next', 'key');
  await put('next', 'crt');
  await until('the new certificate', async () => (await serial()) === next);

  const refused = await logged('certificate_refused');
  await put('other', 'key');
  await until('the wrong key to be refused', async () => (await logged('certificate_refused')) === refused + 1);
  await writeFile(join(folder, 'server.crt'), 'no certificate');
  await until('what is no certificate to be refused', async () => (await logged('certificate_refused')) === refused + 2);
  assert.equal(await serial(), next);

  await put('other', 'crt');
  await until('the certificate of the other key', async () => (await serial()) === (await serialOf('other')));
  await socket.sendMessage('renewal', 'still here');
  await socket.untilPushed('renewal', 1);
  assert.equal(socket.closed, null);
  await socket.close();
});

test('settings that make no sense are refused', async () => {
  const start = (...options) =>
    new Promise((resolve) => execFile(gateway.program, options, (error, _stdout, stderr) => resolve({ code: error?.code, stderr })));
  const half = await start('--tls_certificate_file=x');
  assert.equal(half.code, 2);
  assert.match(half.stderr, /tls_key_file/);
  const missing = await start('--port=0', '--tls_port=0', `--tls_certificate_file=${folder}/none`, `--tls_key_file=${folder}/none`);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /cannot read/);
});

test('SIGTERM drains over TLS as well', async () => {
  const own = new Server('draining', gateway.program, { ...gateway.options, tls_port_file: join(folder, 'own_port') }, system.folder);
  await own.start('port');
  const port = (await readFile(join(folder, 'own_port'), 'utf8')).trim();
  const socket = await JsonSocket.connect({ scheme: 'wss', address: `localhost:${port}` }, '?room=drain', { ca });
  const ended = own.kill('SIGTERM');
  assert.equal((await socket.untilClosed()).code, 1012);
  assert.deepEqual(await ended, { code: 0, signal: null });
});
