// What $connect refuses, what the site answers over HTTP, and an orderly end.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { JsonSocket, TutorialSocket } from '../support/chat_sockets.mjs';
import { freePort, isReady, Server, siteFolder, startSystem, until } from '../support/system.mjs';

let system;
let gateway;
before(async () => {
  system = await startSystem({ site: true });
  [gateway] = system.gateways;
});
after(() => system?.stop());

// fetch() would tidy the path and decode the body.
function request(path, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const call = http.request({ host: '127.0.0.1', port: gateway.port, path, method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    call.on('error', reject);
    call.end();
  });
}

const refusal = (path, options) =>
  TutorialSocket.connect(gateway, path, options).then(
    () => assert.fail('the socket was admitted'),
    (error) => error,
  );

test('an upgrade from another site is refused with 403; the page\'s own host and no Origin are admitted', async () => {
  const other = await refusal('/ws', { origin: 'https://evil.example' });
  assert.equal(other.status, 403);
  assert.equal(JSON.parse(other.body).reason, 'ORIGIN_NOT_ALLOWED');
  const own = await TutorialSocket.connect(gateway, '/ws', { origin: `http://127.0.0.1:${gateway.port}` });
  await own.close();
});

test('bad parameters are refused with 400 and a reason', async () => {
  for (const [path, reason] of [
    ['/ws?room=No%20Room', 'ROOM_NAME_INVALID'],
    ['/ws?room=' + 'r'.repeat(65), 'ROOM_NAME_INVALID'],
    ['/ws?name=%ff%fe', 'AUTHOR_INVALID'],
    ['/ws?author_id=a%20b', 'AUTHOR_INVALID'],
  ]) {
    const error = await refusal(path);
    assert.equal(error.status, 400, path);
    assert.equal(JSON.parse(error.body).reason, reason, path);
    assert.equal(JSON.parse(error.body).retryable, false);
  }
});

test('more sockets of one address than allowed are refused with 429 and Retry-After', async () => {
  const small = await system.addGateway({ connections_per_address_max: 2 });
  const sockets = [await TutorialSocket.connect(small), await TutorialSocket.connect(small)];
  const error = await TutorialSocket.connect(small).catch((refused) => refused);
  assert.equal(error.status, 429);
  assert.match(error.headers['retry-after'], /^\d+$/);
  await sockets[0].close();
  await until('room for one more', async () => {
    try {
      sockets.push(await TutorialSocket.connect(small));
      return true;
    } catch {
      return false;
    }
  });
  for (const socket of sockets.slice(1)) await socket.close();
  await small.kill();
  system.gateways.pop();
});

test('without a backend: not ready, $connect refused with 503 and Retry-After, the page still served', async () => {
  const lonely = new Server('lonely', gateway.program, { backends: `127.0.0.1:${await freePort()}`, call_deadline_ms: 500, site_dir: siteFolder }, system.folder);
  lonely.portOption = 'port';
  lonely.port = await freePort();
  await lonely.launch(); // it is never ready
  try {
    const alive = () => fetch(`http://${lonely.address}/healthz`).then(({ status }) => status === 200, () => false);
    await until('the gateway to be alive', alive);
    assert.equal((await fetch(`http://${lonely.address}/`)).status, 200);
    assert.equal(await isReady(lonely.port), false);
    const error = await TutorialSocket.connect(lonely).catch((refused) => refused);
    assert.equal(error.status, 503);
    assert.match(error.headers['retry-after'], /^\d+$/);
  } finally {
    await lonely.kill();
  }
});

test('the page: revalidated, compressed, with its security headers; assets are immutable', async () => {
  const page = await request('/', { headers: { 'accept-encoding': 'br, gzip' } });
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.equal(page.headers['content-encoding'], 'br');
  assert.equal(page.headers['cache-control'], 'no-cache');
  const policy = page.headers['content-security-policy'];
  assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'/);
  assert.match(policy, /'wasm-unsafe-eval'/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  const again = await request('/', { headers: { 'accept-encoding': 'br', 'if-none-match': page.headers.etag } });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  const room = await request('/r/some-room');
  assert.equal(room.status, 200);
  assert.equal(room.headers['content-encoding'], undefined);
  assert.equal((await request('/r/Not%20A%20Room')).status, 404);

  const html = room.body.toString();
  const wasm = /assets\/[\w.-]+\.wasm/.exec(html)?.[0];
  assert.ok(wasm, 'the page names its program by a hashed name');
  const asset = await request(`/${wasm}`, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(asset.headers['content-type'], 'application/wasm');
  assert.match(asset.headers['cache-control'], /immutable/);
  assert.equal(asset.headers['content-encoding'], 'gzip');
  const head = await request('/', { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
});

test('no path leads out of the site; other methods are refused', async () => {
  for (const path of ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/../../etc/passwd', '/..%2fetc%2fpasswd', '//etc/passwd', '/assets/', '/index.html%00']) {
    const { status, body } = await request(path);
    assert.ok([400, 404].includes(status), `${path}: ${status}`);
    assert.doesNotMatch(body.toString(), /root:/);
  }
  const post = await request('/', { method: 'POST' });
  assert.equal(post.status, 405);
  assert.match(post.headers.allow, /GET/);
  assert.equal((await request('/healthz')).status, 200);
  assert.equal((await request('/nothing-here')).status, 404);
});

test('SIGTERM drains: sockets are closed with 1012, both servers end with 0 in time', async () => {
  const own = await startSystem();
  try {
    const json = await JsonSocket.connect(own.gateways[0], '?room=drain&name=Ada');
    const old = await TutorialSocket.connect(own.gateways[0]);
    await json.subscribe('drain');
    await json.sendMessage('drain', 'the last word');
    const ended = own.gateways[0].kill('SIGTERM');
    assert.deepEqual(await json.untilClosed(), { code: 1012, reason: 'the server restarts: reconnect' });
    assert.equal((await old.untilClosed()).code, 1012);
    assert.deepEqual(await ended, { code: 0, signal: null });
    assert.deepEqual(await own.query('select count(*) from connections'), [['0']]);
    assert.deepEqual(await own.backends[0].kill('SIGTERM'), { code: 0, signal: null });
    assert.deepEqual(await own.query('select body from messages'), [['the last word']]);
  } finally {
    await own.stop();
  }
});

test('a drain ends in time though the backend answers nothing', async () => {
  const own = await startSystem();
  try {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => JsonSocket.connect(own.gateways[0])));
    own.backends[0].signal('SIGSTOP');
    const command = { action: 'send_message', request_id: 'void', room: 'lobby', body: 'into the void' };
    for (const socket of sockets) socket.sendRaw(JSON.stringify(command));
    const began = Date.now();
    assert.deepEqual(await own.gateways[0].kill('SIGTERM'), { code: 0, signal: null });
    assert.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`);
    for (const socket of sockets) await socket.untilClosed();
    assert.ok(!/drain_cut_short/.test(await own.gateways[0].log()));
    own.backends[0].signal('SIGCONT');
  } finally {
    await own.stop();
  }
});

// What is sent until a socket's own end is answered, and the ends are spread over seconds.
test('a drain of 5,000 sockets ends in time, with every send answered and no moment in which all come back', async () => {
  const kSockets = 5_000;
  const own = await startSystem({ gatewayOptions: { connections_per_address_max: kSockets } });
  try {
    const sockets = [];
    const began = Date.now();
    while (sockets.length < kSockets) {
      const batch = Array.from({ length: 100 }, (_, index) =>
        JsonSocket.connect(own.gateways[0], `?room=r${(sockets.length + index) % 50}`));
      sockets.push(...(await Promise.all(batch)));
    }
    console.log(`${kSockets} sockets opened in ${Date.now() - began} ms`);
    const closedAt = [];
    for (const socket of sockets) socket.ws.once('close', () => closedAt.push(Date.now()));

    const killedAt = Date.now();
    const ended = own.gateways[0].kill('SIGTERM');
    const writers = sockets.slice(0, 50);
    const unanswered = await Promise.all(writers.map(async (socket, index) => {
      const sent = socket.sendMessage(`r${index}`, 'the last word', 'last');
      const answered = await Promise.race([sent, new Promise((resolve) => socket.ws.once('close', resolve))]);
      return answered?.send_message ? 0 : 1;
    }));
    assert.deepEqual(await ended, { code: 0, signal: null });
    const tookMs = Date.now() - killedAt;
    await until('all sockets to notice', () => closedAt.length === kSockets);
    const codes = [...new Set(sockets.map(({ closed }) => closed.code))];
    console.log(`drained in ${tookMs} ms; closed between ${closedAt[0] - killedAt} and ${closedAt.at(-1) - killedAt} ms`);
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
    assert.deepEqual(codes, [1012]);
    // Over four seconds; a client or a gateway that has to wait for a core has some of them together.
    const spreadMs = closedAt[kSockets * 0.9] - closedAt[kSockets * 0.1];
    assert.ok(spreadMs > 1_000, `eight tenths of the sockets closed within ${spreadMs} ms`);
    const lost = unanswered.reduce((sum, count) => sum + count, 0);
    assert.ok(lost < writers.length / 5, `${lost} sends met a socket that had just been told to go`);
    const [[stored]] = await own.query('select count(*) from messages');
    assert.ok(Number(stored) >= writers.length - lost, 'what was answered is stored');
    assert.deepEqual(await own.query('select count(*) from connections'), [['0']]);
  } finally {
    await own.stop();
  }
});
