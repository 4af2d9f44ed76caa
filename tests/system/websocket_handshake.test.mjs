// The opening handshake of RFC 6455, section 4.2, with a client that breaks the rules where it likes: at the gateway (which
// has no backend here, so that a good handshake gets as far as 503), and at the echo server, which completes it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startEchoServer } from '../support/echo_server.mjs';
import { handshake, RawSocket, sampleAccept, sampleKey } from '../support/raw_web_socket.mjs';
import { currentGateway, freePort, Server, until } from '../support/system.mjs';

let folder;
let echo;
let gateway;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-handshake-'));
  echo = await startEchoServer();
  gateway = new Server('gateway', currentGateway, { backends: `127.0.0.1:${await freePort()}` }, folder);
  gateway.portOption = 'port';
  gateway.port = await freePort();
  await gateway.launch(); // it is never ready
  await until('the gateway to be alive', () => fetch(`http://${gateway.address}/healthz`).then(({ ok }) => ok, () => false));
});
after(async () => {
  await echo?.stop();
  await gateway?.kill();
  if (folder) await rm(folder, { recursive: true });
});

// The answer to the handshake, which is sent in pieces of `size` bytes.
async function answer(port, request, size = Infinity) {
  const socket = await RawSocket.connect(port);
  const bytes = Buffer.from(request);
  await (size === Infinity ? socket.send(bytes) : socket.sendChopped(bytes, size));
  const head = await socket.head();
  assert.ok(head !== null, `the connection ended without an answer to ${request}`);
  socket.destroy();
  return head;
}

async function expectStatus(status, lines, options, path = '/ws') {
  const request = handshake(path, lines, options);
  assert.equal((await answer(echo.port, request)).status, status, `echo server: ${request}`);
  const head = await answer(gateway.port, request);
  assert.equal(head.status, status === 101 ? 503 : status, `gateway: ${request}`);
  return head;
}

test('4.2.2: a good handshake is answered with 101 and no more than was asked for', async () => {
  for (const size of [Infinity, 1]) {
    const head = await answer(echo.port, handshake('/ws'), size);
    assert.deepEqual(head, {
      status: 101, fields: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': sampleAccept },
    });
  }
  const other = await answer(echo.port, handshake('/ws', { 'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==' }));
  assert.equal(other.fields['sec-websocket-accept'], 'C/0nmHhBztSRGR1CwL6Tf4ZjwpY=');
});

test('4.2.1: names and tokens in any case, lists in any form', async () => {
  await expectStatus(101, { Upgrade: 'WebSocket', Connection: 'keep-alive, uPgRaDe' });
  await expectStatus(101, { Upgrade: null, uPGRADE: 'websocket', Connection: null, CONNECTION: 'Upgrade' });
  await expectStatus(101, { Connection: ['keep-alive', 'Upgrade'] });
  await expectStatus(101, { Upgrade: ['h2c', 'websocket'] });
  await expectStatus(101, { Upgrade: 'h2c , websocket', Connection: ',, Upgrade ,' });
  await expectStatus(101, { 'Sec-WebSocket-Key': `  ${sampleKey}  ` });
});

test('4.2.1: what is no upgrade is 426, with the protocol that is spoken', async () => {
  for (const lines of [{ Upgrade: null }, { Upgrade: 'h2c' }, { Connection: null }, { Connection: 'keep-alive' }, { Connection: 'upgraded' }]) {
    const { fields } = await expectStatus(426, lines);
    assert.equal(fields.upgrade, 'websocket');
    assert.match(fields.connection, /\bUpgrade\b/);
  }
  await expectStatus(426, {}, { version: 'HTTP/1.0' });
});

test('4.2.2 and 4.4: another version is 426, with the version that is spoken', async () => {
  for (const version of [null, '', '0', '8', '14', '013', '13, 8', 'thirteen', '-1', ['13', '8'], ['13', '13']]) {
    const { fields } = await expectStatus(426, { 'Sec-WebSocket-Version': version });
    assert.equal(fields['sec-websocket-version'], '13');
    assert.equal(fields.upgrade, 'websocket');
  }
});

test('4.2.1: the key is 16 bytes in base64, once', async () => {
  for (const key of [null, '', 'dGhlIHNhbXBsZSBub25jZQ', 'dGhlIHNhbXBsZSBub25j', 'dGhlIHNhbXBsZSBub25jZWw=', 'x'.repeat(24), '!@#', [sampleKey, sampleKey]]) {
    await expectStatus(400, { 'Sec-WebSocket-Key': key });
  }
});

test('4.2.1: other methods, a body, no Host or two of them are refused', async () => {
  await expectStatus(405, {}, { method: 'POST' });
  await expectStatus(405, {}, { method: 'CONNECT' });
  await expectStatus(400, { 'Content-Length': '5' }, { body: 'hello' });
  await expectStatus(400, { 'Transfer-Encoding': 'chunked' });
  await expectStatus(400, { Host: null });
  await expectStatus(400, { Host: ['a', 'b'] });
});

test('9.1 and RFC 7692: extensions are declined by silence, in every form of their offer', async () => {
  for (const offer of [
    'permessage-deflate', 'permessage-deflate; client_max_window_bits', 'x-webkit-deflate-frame',
    'permessage-deflate; server_max_window_bits="10"; client_no_context_takeover, permessage-deflate',
    ['permessage-deflate', 'foo; bar = baz'], 'permessage-deflate; server_max_window_bits=99', 'foo,,bar',
  ]) {
    await expectStatus(101, { 'Sec-WebSocket-Extensions': offer });
    const { fields } = await answer(echo.port, handshake('/ws', { 'Sec-WebSocket-Extensions': offer }));
    assert.equal(fields['sec-websocket-extensions'], undefined);
  }
});

test('9.1: an offer that is not well formed fails the handshake', async () => {
  for (const offer of [
    '', ',', ';', 'foo;', 'foo; =bar', 'foo; bar=', 'foo bar', 'foo; bar="', 'foo; bar=""', 'foo; bar="b c"', 'f(o)o', 'foo; bar=b=c',
    '"foo"', ['foo', 'b@r'],
  ]) {
    await expectStatus(400, { 'Sec-WebSocket-Extensions': offer });
  }
});

test('11.3.4: subprotocols may stand in several lines; they are tokens; the first known one counts', async () => {
  const named = async (protocol) => (await answer(gateway.port, handshake('/ws', { 'Sec-WebSocket-Protocol': protocol }))).status;
  assert.equal(await named('chat.v1.json'), 503);
  assert.equal(await named(['chat.v9', 'chat.v1.json']), 503);
  assert.equal(await named(['chat.v9', 'chat.v8']), 400);
  await expectStatus(400, { 'Sec-WebSocket-Protocol': 'chat.v1.json, no token' });
  await expectStatus(400, { 'Sec-WebSocket-Protocol': '' });
  // A server that speaks none names none.
  const { status, fields } = await answer(echo.port, handshake('/ws', { 'Sec-WebSocket-Protocol': 'chat.v1.json' }));
  assert.equal(status, 101);
  assert.equal(fields['sec-websocket-protocol'], undefined);
});

test('a handshake that does not come, or is too long, or is none, is not waited for', async () => {
  const { status } = await answer(gateway.port, handshake('/ws', { Cookie: 'x'.repeat(40_000) }));
  assert.equal(status, 431);
  assert.equal((await answer(gateway.port, '\x16\x03\x01\x02\r\n\r\n')).status, 400);
});
