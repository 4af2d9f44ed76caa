// chat.v1.json and chat.v1.proto: replies by request_id, errors with a reason, several rooms, resume, dedup.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { JsonSocket, ProtoSocket } from '../support/chat_sockets.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let gateway;
before(async () => {
  system = await startSystem({ backendOptions: { resume_changes_max: 50 } });
  [gateway] = system.gateways;
});
after(() => system?.stop());

for (const Socket of [JsonSocket, ProtoSocket]) {
  const format = Socket.name;
  const room = format.toLowerCase();

  test(`${format}: welcome, subscribe, send, broadcast`, async () => {
    const ada = await Socket.connect(gateway, `?room=${room}&name=Ada`);
    const { push } = await ada.frame('the welcome', (frame) => frame.push?.welcome);
    assert.equal(push.welcome.author.name, 'Ada');
    assert.equal(push.welcome.room, room);
    assert.match(push.welcome.author.author_id, /^[\w-]{1,64}$/);
    assert.equal(ada.frames.indexOf(await ada.frame('the first frame', () => true)), 0);
    const start = await ada.subscribe(room);
    assert.equal(start.reset, true);
    assert.deepEqual(start.messages, []);
    const { send_message: sent } = await ada.sendMessage(room, 'Grüße, 世界 🎉');
    assert.equal(sent.message.offset, '1');
    assert.equal(sent.message.body, 'Grüße, 世界 🎉');
    await ada.untilPushed(room, 1);
    const [event] = ada.events(room).filter(({ message }) => message);
    assert.equal(event.position.offset, '1');
    assert.equal(event.position.epoch, sent.epoch);
    assert.equal(event.message.request_id, sent.message.request_id);
    await ada.close();
  });

  test(`${format}: the address can ask for the room's messages`, async () => {
    const first = await Socket.connect(gateway, `?room=${room}-asked&name=Ada`);
    for (const body of ['one', 'two', 'three']) await first.sendMessage(`${room}-asked`, body);
    await first.close();
    const socket = await Socket.connect(gateway, `?room=${room}-asked&name=Ada&subscribe=s1&page_size=2`);
    const { push } = await socket.frame('the welcome', (frame) => frame.push?.welcome);
    assert.equal(push.welcome.subscribe_request_id, 's1');
    const { reply } = await socket.frame('the answer to the address', (frame) => frame.reply?.request_id === 's1');
    assert.deepEqual(reply.subscribe.messages.map(({ body }) => body), ['two', 'three']);
    await socket.sendMessage(`${room}-asked`, 'four');
    await socket.untilPushed(`${room}-asked`, 1);
    await socket.close();
  });

  test(`${format}: an error names its code and reason, and says whether a retry can help`, async () => {
    const socket = await Socket.connect(gateway, `?room=${room}-errors&name=Eve`);
    const cases = [
      ['send_message', { room, body: '' }, 'BODY_EMPTY'],
      ['send_message', { room, body: 'x'.repeat(17_000) }, 'BODY_TOO_LONG'],
      ['send_message', { room: 'No Such Room!', body: 'x' }, 'ROOM_NAME_INVALID'],
      ['get_messages', { room, page_token: 'forged' }, 'PAGE_TOKEN_INVALID'],
      ['get_messages', { room, page_size: 501 }, 'PAGE_SIZE_INVALID'],
      ['set_name', { name: '' }, 'AUTHOR_INVALID'],
    ];
    for (const [action, fields, reason] of cases) {
      const { error } = await socket.command(action, fields);
      assert.equal(error?.reason, reason, `${action} ${JSON.stringify(fields).slice(0, 60)}`);
      assert.equal(error.code, 'INVALID_ARGUMENT');
      assert.equal(error.retryable, false);
      assert.notEqual(error.message, '');
    }
    socket.sendRaw(Socket === JsonSocket ? '{"action":' : Buffer.from([0xff, 0xff, 0xff]));
    const { reply } = await socket.frame('the answer to a broken frame', (frame) => frame.reply?.request_id === '');
    assert.equal(reply.error.reason, 'FRAME_INVALID');
    assert.ok((await socket.command('get_messages', { room })).get_messages, 'the socket stays open');
    await socket.close();
  });

  test(`${format}: resume brings what was missed once, in order; too large a gap is reset`, async () => {
    const name = `${room}-resume`;
    const writer = await Socket.connect(gateway, `?room=${name}&name=Writer`);
    const reader = await Socket.connect(gateway, `?room=${name}&name=Reader`);
    const { position: start } = await reader.subscribe(name);
    for (let number = 1; number <= 10; ++number) await writer.sendMessage(name, `m${number}`);
    await reader.untilPushed(name, 10);
    const { position } = reader.events(name).filter(({ message }) => message)[3];
    await reader.close();

    const again = await Socket.connect(gateway, `?room=${name}&name=Reader`);
    const resumed = await again.subscribe(name, position);
    assert.equal(resumed.reset, false);
    assert.deepEqual(resumed.messages.map(({ body }) => body), ['m5', 'm6', 'm7', 'm8', 'm9', 'm10']);
    assert.equal(resumed.position.offset, '10');
    const wrongEpoch = await again.subscribe(name, { epoch: 'another', offset: '4' });
    assert.equal(wrongEpoch.reset, true);
    const ahead = await again.subscribe(name, { ...position, offset: '4000' });
    assert.equal(ahead.reset, true);

    for (let number = 11; number <= 60; ++number) await writer.sendMessage(name, `m${number}`);
    const farBehind = await again.subscribe(name, { epoch: start.epoch || position.epoch, offset: '1' });
    assert.equal(farBehind.reset, true, '59 changes are more than the 50 that this backend catches up');
    assert.equal(farBehind.messages.at(-1).body, 'm60');
    await again.close();
    await writer.close();
  });

  test(`${format}: a repeated request_id is one message and one event`, async () => {
    const name = `${room}-dedup`;
    const socket = await Socket.connect(gateway, `?room=${name}&name=Ada`);
    await socket.subscribe(name);
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => socket.command('send_message', { room: name, body: 'once' }, 'the-same')),
    );
    // All ten replies carry the same id: wait for all of the frames rather than for the first.
    const offsets = new Set(replies.map(({ send_message: sent }) => sent.message.offset));
    assert.deepEqual([...offsets], ['1']);
    await socket.sendMessage(name, 'after');
    await socket.untilPushed(name, 2);
    assert.deepEqual(socket.bodies(name), ['once', 'after']);
    await socket.close();
  });

  test(`${format}: several rooms on one socket, history by pages`, async () => {
    const socket = await Socket.connect(gateway, `?room=${room}-a&name=Ada`);
    await socket.subscribe(`${room}-a`);
    await socket.subscribe(`${room}-b`);
    for (let number = 1; number <= 7; ++number) {
      await socket.sendMessage(`${room}-a`, `a${number}`);
      await socket.sendMessage(`${room}-b`, `b${number}`);
    }
    await socket.untilPushed(`${room}-a`, 7);
    await socket.untilPushed(`${room}-b`, 7);
    const bodies = [];
    let token = '';
    do {
      const { get_messages: page } = await socket.command('get_messages', { room: `${room}-b`, page_size: 3, page_token: token });
      bodies.unshift(...page.messages.map(({ body }) => body));
      token = page.previous_page_token;
    } while (token !== '');
    assert.deepEqual(bodies, ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7']);
    assert.ok((await socket.command('unsubscribe', { room: `${room}-b` })).unsubscribe);
    await socket.sendMessage(`${room}-b`, 'unheard');
    await socket.sendMessage(`${room}-a`, 'heard');
    await socket.untilPushed(`${room}-a`, 8);
    assert.equal(socket.bodies(`${room}-b`).length, 7);
    await socket.close();
  });
}

test('the two formats see the same room', async () => {
  const json = await JsonSocket.connect(gateway, '?room=both&name=Json');
  const proto = await ProtoSocket.connect(gateway, '?room=both&name=Proto');
  await json.subscribe('both');
  await proto.subscribe('both');
  await json.sendMessage('both', 'from json');
  await proto.sendMessage('both', 'from proto');
  await json.untilPushed('both', 2);
  await proto.untilPushed('both', 2);
  assert.deepEqual(json.bodies('both'), ['from json', 'from proto']);
  assert.deepEqual(proto.bodies('both'), json.bodies('both'));
  await json.close();
  await proto.close();
});
