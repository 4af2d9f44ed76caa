// Who is who at the gateways: sessions over restarts and between gateways, names in use, and an identity provider's tokens.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { JsonSocket, TutorialSocket } from '../support/chat_sockets.mjs';
import { currentGateway, startSystem, until } from '../support/system.mjs';

const run = promisify(execFile);

let system;
let keyFile;

before(async () => {
  system = await startSystem({ gateways: 2, gatewayOptions: { identity: 'open' } });
  keyFile = join(system.folder, 'session.keys');
});
after(() => system?.stop());

// A client with a cookie jar: {socket, author, cookie}.
async function enter(gateway, query, cookie) {
  let setCookie;
  const socket = await JsonSocket.connect(gateway, query, {
    headers: cookie ? { Cookie: cookie } : {},
    finishRequest: (request) => {
      request.once('upgrade', (response) => { [setCookie] = response.headers['set-cookie'] ?? []; });
      request.end();
    },
  });
  const { push: { welcome } } = await socket.frame('the welcome', ({ push }) => push?.welcome);
  return { socket, author: welcome.author, cookie: setCookie?.split(';')[0] ?? cookie, setCookie };
}

test('a session is the same person at every gateway, and after a restart; an address is nobody', async () => {
  const [one, other] = system.gateways;
  const first = await enter(one, '?room=who&name=Ann&author_id=chosen');
  assert.notEqual(first.author.author_id, 'chosen');
  assert.match(first.setCookie, /; HttpOnly; SameSite=Strict$/);
  await first.socket.close();
  const elsewhere = await enter(other, '?room=who', first.cookie);
  assert.deepEqual(elsewhere.author, first.author);
  await elsewhere.socket.close();
  await one.kill();
  await one.start();
  const later = await enter(one, '?room=who', first.cookie);
  assert.deepEqual(later.author, first.author);
  const thief = await enter(other, `?room=who&author_id=${first.author.author_id}`);
  assert.notEqual(thief.author.author_id, first.author.author_id);
  const forged = await enter(other, '?room=who', `${first.cookie.slice(0, -1)}${first.cookie.endsWith('A') ? 'B' : 'A'}`);
  assert.notEqual(forged.author.author_id, first.author.author_id);
  for (const { socket } of [later, thief, forged]) await socket.close();
});

test('a new key is taken up while gateways run, and sessions of the old one stay', async () => {
  const before = await enter(system.gateways[0], '?room=keys');
  await run(currentGateway, ['rotate-session-key', `--session_key_file=${keyFile}`]);
  await until('both gateways to read it', async () =>
    (await Promise.all(system.gateways.map((gateway) => gateway.log()))).every((log) => /"session_keys_reloaded"/.test(log)));
  const after = await enter(system.gateways[1], '?room=keys', before.cookie);
  assert.equal(after.author.author_id, before.author.author_id);
  assert.equal((await readFile(keyFile, 'utf8')).split('\n').filter((line) => /^\d/.test(line)).length, 2);
  await before.socket.close();
  await after.socket.close();
});

test('a client of the tutorial comes in without a cookie, as somebody new each time', async () => {
  const sockets = [];
  for (let count = 0; count < 2; ++count) sockets.push(await TutorialSocket.connect(system.gateways[0], '/ws?room=tutorial'));
  for (const socket of sockets) socket.send({ action: 'send_message', message: 'hello', time: '1' });
  await until('both messages to be stored', async () =>
    (await system.query(`SELECT count(DISTINCT author_id) FROM messages JOIN rooms USING (room_id) WHERE name = 'tutorial'`))[0][0] === '2');
  for (const socket of sockets) await socket.close();
});

test('a name in use in a room is nobody else\'s, at any gateway', async () => {
  const [one, other] = system.gateways;
  const ann = await enter(one, '?room=names&name=Ann');
  const second = await enter(other, '?room=names&name=ann');
  assert.equal(ann.author.name, 'Ann');
  assert.equal(second.author.name, 'ann 2');
  const refused = await second.socket.command('set_name', { name: 'ANN' });
  assert.equal(refused.error.code, 'ALREADY_EXISTS');
  assert.equal(refused.error.reason, 'NAME_IN_USE');
  const elsewhere = await enter(other, '?room=other-names&name=Ann');
  assert.equal(elsewhere.author.name, 'Ann');
  await ann.socket.close();
  await until('the name to be free', async () => (await second.socket.command('set_name', { name: 'Ann' })).set_name);
  for (const { socket } of [second, elsewhere]) await socket.close();
});

test('a name in use in a room is nobody else\'s for messages from another room', async () => {
  const [one, other] = system.gateways;
  const ann = await enter(one, '?room=square&name=Ann');
  const mallory = await enter(other, '?room=alley&name=Ann');
  assert.equal(mallory.author.name, 'Ann', 'free in the room of its own');
  const say = (socket, room, requestId) =>
    socket.command('send_message', { room, body: `from ${requestId}` }, requestId);
  const refused = await say(mallory.socket, 'square', 'as-ann');
  assert.deepEqual([refused.error.code, refused.error.reason, refused.error.retryable], ['ALREADY_EXISTS', 'NAME_IN_USE', false]);
  assert.ok((await say(mallory.socket, 'alley', 'at-home')).send_message, 'the stream and the socket go on');
  await mallory.socket.command('set_name', { name: 'Mal' });
  const stored = await say(mallory.socket, 'square', 'as-ann');
  assert.equal(stored.send_message.message.author.name, 'Mal', 'the same message, under a name that is free');
  assert.ok((await say(ann.socket, 'square', 'own')).send_message);
  assert.deepEqual(await system.query(
    `SELECT author_name FROM messages JOIN rooms USING (room_id) WHERE name = 'square' ORDER BY message_offset`), [['Mal'], ['Ann']]);
  for (const { socket } of [ann, mallory]) await socket.close();
});

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

test('tokens of an identity provider: RS256 from a key set, a new key set while it runs, expiry', async () => {
  const pairs = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ed25519')];
  const jwks = (pair, kid) => JSON.stringify({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig' }] });
  const keysFile = join(system.folder, 'jwks.json');
  const replaceKeys = async (text) => {
    await writeFile(`${keysFile}.new`, text);
    await rename(`${keysFile}.new`, keysFile);
  };
  const token = ({ privateKey }, alg, claims) => {
    const text = `${base64url({ alg, typ: 'JWT', kid: alg })}.${base64url({ aud: 'parley', exp: inSeconds(600), ...claims })}`;
    const signature = sign(alg === 'RS256' ? 'sha256' : null, Buffer.from(text), privateKey);
    return `${text}.${signature.toString('base64url')}`;
  };
  await replaceKeys(jwks(pairs[0], 'RS256'));
  const gateway = await system.addGateway({ identity: 'token', token_keys_file: keysFile, token_audience: 'parley' });
  const url = `ws://${gateway.address}/ws?room=tokens`;
  const status = (protocols, headers) =>
    JsonSocket.open(url, protocols, { headers }).then(async (socket) => {
      await socket.close();
      return 101;
    }, (refusal) => refusal.status);

  const good = token(pairs[0], 'RS256', { sub: 'ann', name: 'Ann' });
  assert.equal(await status(['chat.v1.json'], {}), 401);
  assert.equal(await status(['chat.v1.json'], { Authorization: `Bearer ${good}` }), 101);
  const socket = await JsonSocket.open(url, ['chat.v1.json', `bearer.${good}`]);
  const { push: { welcome } } = await socket.frame('the welcome', ({ push }) => push?.welcome);
  assert.deepEqual(welcome.author, { author_id: 'ann', name: 'Ann' });
  assert.equal(socket.ws.protocol, 'chat.v1.json');

  // What everybody has, the public key, is no secret to sign with; and no signature is no token.
  const [header, claims] = [base64url({ alg: 'HS256' }), good.split('.')[1]];
  const confused = createHmac('sha256', pairs[0].publicKey.export({ format: 'pem', type: 'spki' })).update(`${header}.${claims}`);
  for (const bad of [`${header}.${claims}.${confused.digest('base64url')}`, `${base64url({ alg: 'none' })}.${claims}.`,
    token(pairs[0], 'RS256', { sub: 'ann', aud: 'mail' }), token(pairs[0], 'RS256', { sub: 'ann', exp: inSeconds(-60) }),
    token(pairs[0], 'RS256', { sub: 'ann', nbf: inSeconds(120) }), token(pairs[1], 'EdDSA', { sub: 'ann' })]) {
    assert.equal(await status(['chat.v1.json'], { Authorization: `Bearer ${bad}` }), 401, bad);
  }

  await replaceKeys(jwks(pairs[1], 'EdDSA'));
  await until('the new keys to be read', async () => /"token_keys_reloaded"/.test(await gateway.log()));
  assert.equal(await status(['chat.v1.json'], { Authorization: `Bearer ${good}` }), 401);
  const brief = await JsonSocket.open(url, ['chat.v1.json', `bearer.${token(pairs[1], 'EdDSA', { sub: 'bo', exp: inSeconds(-28) })}`]);
  assert.equal((await brief.untilClosed()).code, 4401);
  assert.equal((await socket.untilClosed()).code, 4401, 'the key that had let it in is there no longer');
  const log = await gateway.log();
  assert.ok(!log.includes(good) && !log.includes(good.split('.')[2]), 'no token is in the log');
});
