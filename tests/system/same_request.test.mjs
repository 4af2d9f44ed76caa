// The same message sent ten times at once through three gateways, while others write: stored once, seen once by
// everybody, and all ten answers are the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { JsonSocket, ProtoSocket } from '../support/chat_sockets.mjs';
import { startWriters } from '../support/load.mjs';
import { startSystem } from '../support/system.mjs';

const kRounds = 20;
const kTimes = 10;
const kRoom = 'same-request';

let system;
before(async () => {
  system = await startSystem({ backends: 2, gateways: 3, broker: process.env.PARLEY_TEST_BROKER });
});
after(() => system?.stop());

const query = `?room=${kRoom}&name=Ann&author_id=ann`;

test('one row, one event for each reader, ten equal answers', async () => {
  const { gateways } = system;
  const senders = [];
  for (let index = 0; index < kTimes; ++index) {
    const format = index % 2 === 0 ? JsonSocket : ProtoSocket;
    senders.push(await format.connect(gateways[index % gateways.length], query));
  }
  const readers = [];
  for (const gateway of gateways) {
    const reader = await JsonSocket.connect(gateway, `?room=${kRoom}&name=Reader`);
    await reader.subscribe(kRoom);
    readers.push(reader);
  }
  const writers = await startWriters(gateways, kRoom, 3);

  const bodies = Array.from({ length: kRounds }, (_, round) => `again-${round}`);
  for (const body of bodies) {
    const replies = await Promise.all(senders.map((sender) => sender.sendMessage(kRoom, body, body)));
    const places = replies.map((reply) => {
      assert.ok(reply.send_message, JSON.stringify(reply));
      const { message, epoch } = reply.send_message;
      return `${epoch} ${message.offset} ${message.change_offset} ${message.request_id} ${message.body}`;
    });
    assert.deepEqual(places, Array(kTimes).fill(places[0]));
  }
  await Promise.all(writers.map((writer) => writer.stop()));

  const stored = (await system.query(
    `select body from messages join rooms using (room_id) where name = '${kRoom}' order by message_offset`)).flat();
  assert.deepEqual(stored.filter((body) => body.startsWith('again-')), bodies);
  for (const reader of readers) {
    await reader.untilPushed(kRoom, stored.length);
    assert.deepEqual(reader.bodies(kRoom), stored);
  }
  for (const socket of [...senders, ...readers]) await socket.close();
});
