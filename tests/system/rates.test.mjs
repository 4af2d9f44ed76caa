// How often one address may ask and open TLS connections: beyond that it is told to wait, and all others are served as ever.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { scrape } from '../support/admin.mjs';
import { JsonSocket } from '../support/chat_sockets.mjs';
import { makeCertificates, startSystem } from '../support/system.mjs';

const kAtOnce = 5 + 10 * 2; // those who may be connected, and what ten seconds bring
const kFlooding = '127.0.0.2';
const kQuiet = '127.0.0.3';

let folder;
let ca;
let system;
let gateway;
let secure; // the same with TLS
let tlsPort;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-rates-'));
  await makeCertificates(folder, 'server');
  ca = await readFile(join(folder, 'authority.crt'));
  system = await startSystem({ site: true });
  const limits = {
    site_dir: system.gateways[0].options.site_dir, admin_port: 0, connections_per_address_max: 5,
    requests_per_address_per_second_max: 2, tls_handshakes_per_address_per_second_max: 2,
  };
  gateway = await system.addGateway(limits);
  secure = await system.addGateway({
    ...limits, requests_per_address_per_second_max: 1_000,
    tls_certificate_file: join(folder, 'server.crt'), tls_key_file: join(folder, 'server.key'),
    tls_port: 0, tls_port_file: join(folder, 'tls_port'),
  });
  tlsPort = Number(await readFile(join(folder, 'tls_port'), 'utf8'));
});
after(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

function get(path, localAddress, options = {}) {
  return new Promise((resolve, reject) => {
    const module = options.ca ? https : http;
    const call = module.get({ host: '127.0.0.1', port: gateway.port, path, localAddress, agent: false, ...options }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    call.on('error', reject);
  });
}

const getSecurely = (localAddress) => get('/', localAddress, { port: tlsPort, servername: 'localhost', ca });

const refusals = async (server, reason) => (await scrape(server)).value('parley_gateway_refusals_total', { reason });

test('requests beyond the rate of an address: 429 on a connection that stays, then the page again; others notice nothing', async () => {
  const socket = await JsonSocket.connect(gateway, '?room=den&name=Ada');
  await socket.subscribe('den');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let connections = 0;
  agent.createConnection = ((original) => (...words) => { connections += 1; return original.apply(agent, words); })(agent.createConnection);
  const statuses = {};
  let refused;
  for (let count = 0; count < kAtOnce + 8; ++count) {
    const answer = await get('/', kFlooding, { agent });
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    if (answer.status === 429) refused = answer;
  }
  assert.ok(statuses[200] >= kAtOnce && statuses[429] > 0, JSON.stringify(statuses));
  assert.equal(connections, 1, 'the connection stays');
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.match(refused.body, /Too many requests/);
  assert.equal(await refusals(gateway, 'requests_per_address_per_second_max'), statuses[429]);

  // Probes are answered, others are served, and whoever is connected goes on chatting.
  assert.equal((await get('/healthz', kFlooding, { agent })).status, 200);
  assert.equal((await get('/', kQuiet)).status, 200);
  await socket.sendMessage('den', 'still here');
  await socket.untilPushed('den', 1);
  await socket.close();

  await new Promise((resolve) => setTimeout(resolve, 1_000 * Number(refused.headers['retry-after'])));
  assert.equal((await get('/', kFlooding, { agent })).status, 200, 'after what Retry-After says');
  agent.destroy();
});

test('whoever does not heed it is cut off', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let closed = false;
  for (let count = 0; count < kAtOnce + 100 && !closed; ++count) {
    const answer = await get('/', kFlooding, { agent });
    closed = answer.status === 429 && answer.headers.connection === 'close';
  }
  assert.ok(closed);
  agent.destroy();
});

test('TLS connections beyond the rate of an address end before the handshake; others are let in, and open ones stay', async () => {
  const open = tls.connect({ host: '127.0.0.1', port: tlsPort, servername: 'localhost', ca, localAddress: kFlooding });
  await once(open, 'secureConnect');
  let done = 0;
  let refused = 0;
  for (let count = 0; count < kAtOnce + 10; ++count) {
    try {
      assert.equal((await getSecurely(kFlooding)).status, 200);
      done += 1;
    } catch (error) {
      assert.ok(['ECONNRESET', 'EPIPE'].includes(error.code), String(error));
      refused += 1;
    }
  }
  assert.ok(done >= kAtOnce - 1 && refused > 0, `${done} done, ${refused} refused`);
  assert.equal(await refusals(secure, 'tls_handshakes_per_address_per_second_max'), refused);
  assert.equal((await getSecurely(kQuiet)).status, 200);
  open.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [answer] = await once(open, 'data');
  assert.match(answer.toString(), /^HTTP\/1\.1 200/);
  open.destroy();
});
