// The tutorial's own contract, word for word, with a plain WebSocket client and no subprotocol.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { JsonSocket, TutorialSocket } from '../support/chat_sockets.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let gateway;
before(async () => {
  system = await startSystem();
  [gateway] = system.gateways;
});
after(() => system?.stop());

test('send_message reaches every socket of the room, the sender too, with message and time as sent; no acks', async () => {
  const ada = await TutorialSocket.connect(gateway, '/ws?room=contract-send');
  const bob = await TutorialSocket.connect(gateway, '/ws?room=contract-send');
  const elsewhere = await TutorialSocket.connect(gateway, '/ws?room=contract-elsewhere');
  ada.send({ action: 'send_message', message: 'Hello "world" <b>', time: '1700000000000' });
  for (const socket of [ada, bob]) {
    const frame = await socket.frame('the broadcast', ({ message }) => message === 'Hello "world" <b>');
    assert.equal(frame.time, '1700000000000');
    assert.equal(frame.messageType, undefined);
  }
  // A round trip after it shows that nothing else came.
  ada.send({ action: 'get_messages' });
  await ada.frame('the history', ({ messageType }) => messageType === 'all_messages');
  assert.equal(ada.frames.length, 2);
  assert.equal(bob.frames.length, 1);
  assert.equal(elsewhere.frames.length, 0);
  for (const socket of [ada, bob, elsewhere]) await socket.close();
});

test('get_messages answers the caller only, oldest first, times as strings', async () => {
  const ada = await TutorialSocket.connect(gateway, '/ws?room=contract-history');
  const bob = await TutorialSocket.connect(gateway, '/ws?room=contract-history');
  for (let number = 1; number <= 3; ++number) {
    ada.send({ action: 'send_message', message: `message ${number}`, time: `170000000000${number}` });
    await bob.frame('the broadcast', ({ message }) => message === `message ${number}`);
  }
  const framesOfAda = () => ada.frames.filter(({ messageType }) => messageType === 'all_messages').length;
  bob.send({ action: 'get_messages' });
  const { messageType, data } = await bob.frame('the history', (frame) => frame.messageType);
  assert.equal(messageType, 'all_messages');
  assert.deepEqual(
    data.map(({ message, time }) => [message, time]),
    [['message 1', '1700000000001'], ['message 2', '1700000000002'], ['message 3', '1700000000003']],
  );
  assert.equal(new Set(data.map(({ id }) => id)).size, 3);
  for (const { id } of data) assert.ok(id !== undefined && id !== null && id !== '');
  assert.equal(framesOfAda(), 0);
  await ada.close();
  await bob.close();
});

test('an unknown action and text that is no JSON: Forbidden, and the socket stays open', async () => {
  const socket = await TutorialSocket.connect(gateway, '/ws?room=contract-forbidden');
  const bad = [
    '{"action":"delete_everything"}', 'not JSON', '{"message":"no action"}', '[]', '"text"', 'null', '{"action":7}', '{',
    '[' .repeat(5000),
  ];
  for (const text of bad) {
    const from = socket.frames.length;
    socket.sendRaw(text);
    const frame = await socket.frame(`the answer to ${text.slice(0, 40)}`, () => true, from);
    assert.equal(frame.message, 'Forbidden');
    assert.equal(typeof frame.connectionId, 'string');
    assert.equal(typeof frame.requestId, 'string');
    assert.ok(frame.connectionId !== '' && frame.requestId !== '');
  }
  socket.send({ action: 'send_message', message: 'still here', time: '1' });
  await socket.frame('the broadcast', ({ message }) => message === 'still here');
  await socket.close();
});

test('a handler that fails: Internal server error, and the socket stays open', async () => {
  const socket = await TutorialSocket.connect(gateway, '/ws?room=contract-error');
  for (const command of [{ message: '' }, { message: 'x'.repeat(20_000) }, {}, { message: 7 }, { message: 'a\u0000b' }]) {
    const from = socket.frames.length;
    socket.send({ action: 'send_message', time: '1', ...command });
    const frame = await socket.frame('the answer', () => true, from);
    assert.equal(frame.message, 'Internal server error');
    assert.ok(frame.connectionId && frame.requestId);
  }
  socket.send({ action: 'send_message', message: 'fine', time: '1' });
  await socket.frame('the broadcast', ({ message }) => message === 'fine');
  await socket.close();
});

test('more than 128 KiB closes with 1009, a binary frame with 1003', async () => {
  const large = await TutorialSocket.connect(gateway);
  large.sendRaw('x'.repeat(128 * 1024 + 1));
  assert.equal((await large.untilClosed()).code, 1009);
  const binary = await TutorialSocket.connect(gateway);
  binary.sendRaw(Buffer.from('{"action":"get_messages"}'));
  assert.equal((await binary.untilClosed()).code, 1003);
});

test('a message of the full protocol is an ordinary message here, and the reverse', async () => {
  const old = await TutorialSocket.connect(gateway, '/ws?room=contract-mixed');
  const full = await JsonSocket.connect(gateway, '?room=contract-mixed&name=Full');
  await full.subscribe('contract-mixed');
  await full.sendMessage('contract-mixed', 'from the full protocol');
  const frame = await old.frame('the broadcast', ({ message }) => message === 'from the full protocol');
  assert.match(frame.time, /^\d{13}$/);
  old.send({ action: 'send_message', message: 'from the tutorial', time: '5' });
  await full.untilPushed('contract-mixed', 2);
  assert.equal(full.events('contract-mixed').find(({ message }) => message?.body === 'from the tutorial').message.client_time, '5');
  assert.ok(old.frames.every(({ message }) => typeof message === 'string'), 'presence and acks are not shown as chat');
  await old.close();
  await full.close();
});
