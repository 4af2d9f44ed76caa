// The gRPC API as an integrator meets it: a client in another language that knows nothing but the address, and learns
// everything else through reflection.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as grpc from '@grpc/grpc-js';
import { GrpcReflection } from 'grpc-js-reflection-client';
import protobuf from 'protobufjs';

import { startSystem, until } from '../support/system.mjs';

const kConversion = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

let system;
let reflection;
let chat;
const clients = [];

async function clientOf(service) {
  const descriptor = await reflection.getDescriptorBySymbol(service);
  const Client = service.split('.').reduce((node, part) => node[part], descriptor.getPackageObject(kConversion));
  const client = new Client(system.backends[0].address, grpc.credentials.createInsecure());
  clients.push(client);
  return client;
}

const call = (client, method, request) =>
  new Promise((resolve, reject) =>
    client[method](request, { deadline: Date.now() + 10_000 }, (error, response) =>
      error ? reject(error) : resolve(response)));

before(async () => {
  system = await startSystem({ gateways: 0 });
  reflection = new GrpcReflection(system.backends[0].address, grpc.credentials.createInsecure());
  chat = await clientOf('chat.v1.ChatService');
});
after(async () => {
  for (const client of clients) client.close();
  await system?.stop();
});

test('reflection lists the services and describes every method', async () => {
  const services = await reflection.listServices();
  for (const name of ['chat.v1.ChatService', 'chat.v1.GatewayService', 'grpc.health.v1.Health']) {
    assert.ok(services.includes(name), `${name} in ${services}`);
  }
  const methods = (await reflection.listMethods('chat.v1.ChatService')).map(({ name }) => name);
  assert.deepEqual(methods, ['Connect', 'Disconnect', 'GetMessages', 'SendMessage', 'SetName', 'Resume', 'Subscribe']);
});

test('send, read back, and follow live with Subscribe', async () => {
  const author = { author_id: 'bot-1', name: 'Bot' };
  const stream = chat.Subscribe({ rooms: [{ room: 'api' }] });
  const items = [];
  stream.on('data', (item) => items.push(item));
  stream.on('error', () => {}); // its cancellation at the end of the test
  await until('the stream to begin', () => items.some(({ joined }) => joined?.room === 'api'));
  const first = await call(chat, 'SendMessage', { room: 'api', author, request_id: 'one', body: 'beep' });
  const repeat = await call(chat, 'SendMessage', { room: 'api', author, request_id: 'one', body: 'beep' });
  assert.deepEqual(repeat, first);
  await call(chat, 'SendMessage', { room: 'api', author, request_id: 'two', body: 'boop' });
  const posted = () => items.filter(({ event }) => event?.message).map(({ event }) => event.message.body);
  await until('both events', () => posted().length >= 2);
  assert.deepEqual(posted(), ['beep', 'boop']);
  const page = await call(chat, 'GetMessages', { room: 'api' });
  assert.deepEqual(page.messages.map(({ body, offset }) => [body, offset]), [['beep', '1'], ['boop', '2']]);
  stream.cancel();

  // From a position: what came after it, then live.
  const { position } = items.find(({ event }) => event?.message?.body === 'beep').event;
  const late = chat.Subscribe({ rooms: [{ room: 'api', position }] });
  const lateItems = [];
  late.on('data', (item) => lateItems.push(item));
  late.on('error', () => {});
  await until('the catch-up', () => lateItems.some(({ event }) => event?.message?.body === 'boop'));
  assert.equal(lateItems.filter(({ event }) => event?.message).length, 1);
  late.cancel();
});

test('an error carries its canonical code and one google.rpc.ErrorInfo', async () => {
  const details = protobuf.parse(`syntax = "proto3"; package google.rpc;
    message Any { string type_url = 1; bytes value = 2; }
    message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
    message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }`, { keepCase: true }).root;
  const error = await call(chat, 'SendMessage', {
    room: 'api', author: { author_id: 'bot-1', name: 'Bot' }, request_id: 'three', body: '',
  }).catch((failure) => failure);
  assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
  const [trailer] = error.metadata.get('grpc-status-details-bin');
  const status = details.lookupType('google.rpc.Status').decode(trailer);
  assert.equal(status.details.length, 1);
  assert.match(status.details[0].type_url, /google\.rpc\.ErrorInfo$/);
  const info = details.lookupType('google.rpc.ErrorInfo').decode(status.details[0].value);
  assert.equal(info.reason, 'BODY_EMPTY');
  assert.equal(info.domain, 'chat.parley');
});

test('a request that is no protobuf, or whose text is not UTF-8, is refused, and the log keeps its form', async () => {
  const asItIs = (bytes) => bytes;
  for (const hex of ['ff', '0a01ff']) {
    const error = await new Promise((resolve) => {
      chat.makeUnaryRequest('/chat.v1.ChatService/GetMessages', asItIs, asItIs, Buffer.from(hex, 'hex'), resolve);
    });
    assert.notEqual(error, null, hex);
  }
  const lines = (await system.backends[0].log()).split('\n').filter(Boolean);
  assert.ok(lines.length > 0);
  for (const line of lines) JSON.parse(line);
});

test('health answers SERVING; without the database sends fail as retryable, and recover', async () => {
  const health = await clientOf('grpc.health.v1.Health');
  assert.equal((await call(health, 'Check', {})).status, 'SERVING');
  assert.equal((await call(health, 'Check', { service: 'chat.v1.ChatService' })).status, 'SERVING');
  await system.stopDatabase();
  const request = { room: 'api', author: { author_id: 'bot-1', name: 'Bot' }, request_id: 'four', body: 'later' };
  const error = await call(chat, 'SendMessage', request).catch((failure) => failure);
  assert.ok([grpc.status.UNAVAILABLE, grpc.status.ABORTED].includes(error.code), `${error}`);
  await system.startDatabase();
  const sent = await until('the backend to recover', () => call(chat, 'SendMessage', request).catch(() => null));
  assert.equal(sent.message.body, 'later');
});
