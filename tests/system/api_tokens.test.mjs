// A backend that asks for tokens, its gateway, an operator's command and an integrator, as real processes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import * as grpc from '@grpc/grpc-js';
import { GrpcReflection } from 'grpc-js-reflection-client';

import { JsonSocket } from '../support/chat_sockets.mjs';
import { currentBackend, currentGateway, Server, startSystem, until } from '../support/system.mjs';

const run = promisify(execFile);
const kConversion = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

let folder;
let system;
let chat;

const token = async (...words) =>
  (await run(currentBackend, ['token', ...words, `--database_url=${system.databaseUrl}`])).stdout.trim();

const makeCredential = (file) => run(currentBackend, ['make-gateway-credential', `--gateway_credential_file=${file}`]);

// Resolves with the answer, or with the error's code.
const call = (method, request, bearer) => {
  const metadata = new grpc.Metadata();
  if (bearer) metadata.set('authorization', `Bearer ${bearer}`);
  return new Promise((resolve) =>
    chat[method](request, metadata, { deadline: Date.now() + 10_000 }, (error, response) =>
      resolve(error ? grpc.status[error.code] : response)));
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-tokens-'));
  const credential = join(folder, 'gateway.secret');
  await makeCredential(credential);
  system = await startSystem({
    backendOptions: { api_tokens: 'required', gateway_credential_file: credential, api_token_refresh_ms: 200 },
    gatewayOptions: { gateway_credential_file: credential },
  });
  const reflection = new GrpcReflection(system.backends[0].address, grpc.credentials.createInsecure());
  const descriptor = await reflection.getDescriptorBySymbol('chat.v1.ChatService');
  const { ChatService } = descriptor.getPackageObject(kConversion).chat.v1;
  chat = new ChatService(system.backends[0].address, grpc.credentials.createInsecure());
});
after(async () => {
  chat?.close();
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const message = (requestId, authorId = 'bot-1') => ({
  room: 'tokens', author: { author_id: authorId, name: 'Bot' }, request_id: requestId, body: 'beep',
});

test('a token works once it is made, for what its scopes allow, until it is revoked', async () => {
  assert.equal(await call('GetMessages', { room: 'tokens' }), 'UNAUTHENTICATED');
  const sender = await token('create', '--label=a bot', '--scopes=send', '--author_id=bot-1');
  const reader = await token('create', '--label=an archive', '--scopes=read');
  await until('the tokens to be known', async () =>
    (await call('GetMessages', { room: 'tokens' }, reader)).messages !== undefined);
  assert.equal((await call('SendMessage', message('one'), sender)).message.body, 'beep');
  assert.equal(await call('SendMessage', message('two', 'ann'), sender), 'PERMISSION_DENIED');
  assert.equal(await call('SendMessage', message('three'), reader), 'PERMISSION_DENIED');
  assert.equal(await call('GetMessages', { room: 'tokens' }, sender), 'PERMISSION_DENIED');
  assert.equal((await call('GetMessages', { room: 'tokens' }, reader)).messages.length, 1);

  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${reader}`);
  const stream = chat.Subscribe({ rooms: [{ room: 'tokens' }] }, metadata);
  let joined = false;
  stream.on('data', () => { joined = true; });
  const ended = new Promise((resolve) => stream.on('error', (error) => resolve(error.code)));
  await until('the stream to begin', () => joined);
  await token('revoke', '--id=2');
  assert.equal(await ended, grpc.status.UNAUTHENTICATED);
  assert.equal(await call('GetMessages', { room: 'tokens' }, reader), 'UNAUTHENTICATED');
  assert.equal((await call('SendMessage', message('four'), sender)).message.body, 'beep');
  for (const secret of [sender, reader]) {
    assert.ok(!(await system.backends[0].log()).includes(secret), 'no token is in the log');
  }
});

test('a program writes under nobody\'s name, unless it speaks for everybody', async () => {
  const person = await JsonSocket.connect(system.gateways[0], '?room=tokens&name=Bot&author_id=person');
  const sender = await token('create', '--label=another bot', '--scopes=send', '--author_id=bot-2');
  const bridge = await token('create', '--label=a bridge', '--scopes=admin');
  const known = async (bearer) => (await call('GetMessages', { room: 'tokens' }, bearer)) !== 'UNAUTHENTICATED';
  await until('the tokens to be known', async () => (await known(sender)) && known(bridge));
  const asBot = { ...message('five', 'bot-2'), name_is_held: true };
  assert.equal(await call('SendMessage', asBot, sender), 'ALREADY_EXISTS', 'its word on the name counts for nothing');
  assert.equal((await call('SendMessage', message('six', 'somebody'), bridge)).message.author.name, 'Bot');
  await person.close();
  await until('the name to be free', async () => (await call('SendMessage', asBot, sender)).message);
});

test('a credential is made once, for its owner alone', async () => {
  const file = join(folder, 'made.secret');
  await makeCredential(file);
  const made = await readFile(file, 'utf8');
  assert.match(made, /^[0-9a-f]{64}\n$/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await makeCredential(file);
  assert.equal(await readFile(file, 'utf8'), made, 'what is there stays');
  await assert.rejects(makeCredential(''), { code: 2 });
  await assert.rejects(makeCredential(join(folder, 'none', 'secret')), /cannot be made/);
});

test('the gateway comes in with its own credential; one without it does not', async () => {
  const socket = await JsonSocket.connect(system.gateways[0], '?room=tokens&name=Ann');
  const reply = await socket.command('send_message', { room: 'tokens', body: 'from a socket' });
  assert.equal(reply.send_message.message.body, 'from a socket');
  await socket.close();
  const stranger = new Server('stranger', currentGateway, { backends: system.backends[0].address }, folder);
  stranger.portOption = 'port';
  await stranger.launch();
  try {
    await until('the stranger to be refused', async () => /"backend_lost".*"GATEWAY_CREDENTIAL_INVALID"/.test(await stranger.log()));
    assert.doesNotMatch(await stranger.log(), /backend_attached/);
  } finally {
    await stranger.kill();
  }
  assert.match(await system.backends[0].log(), /"serving".*"requires_tokens":true/);
});
