// RFC 6455 (and what RFC 7692 asks of a server that does not compress), clause by clause, with a client that breaks the
// rules where it likes: the gateway's own connection class, in the echo server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';

import { startEchoServer } from '../support/echo_server.mjs';
import { closeFrame, fragments, frame, opcodes, RawSocket } from '../support/raw_web_socket.mjs';

const { continuation, text, binary, close, ping, pong } = opcodes;
const kMessageBytesMax = 16 * 1024 * 1024;

let server;
before(async () => {
  server = await startEchoServer();
});
after(() => server?.stop());

const open = () => RawSocket.open(server.port);

// The server answers `bytes` with that close code and the connection's end, however they are cut: at once, and byte by
// byte as far as they are few.
async function refused(code, bytes) {
  const whole = await open();
  whole.send(bytes);
  await whole.expectClose(code);
  const sliced = await open();
  await sliced.sendChopped(bytes.subarray(0, 400), 1);
  sliced.send(bytes.subarray(400));
  await sliced.expectClose(code);
}

async function orderlyEnd(socket) {
  socket.send(closeFrame(1000));
  await socket.expectClose(1000);
}

test('5.2, lengths: every form of the length, text and binary, whole and in pieces', async () => {
  const socket = await open();
  for (const size of [0, 1, 125, 126, 127, 128, 65_535, 65_536]) {
    for (const opcode of [text, binary]) {
      const payload = opcode === text ? Buffer.alloc(size, '*') : randomBytes(size);
      socket.send(frame(opcode, payload));
      await socket.expectFrame(opcode, payload);
      await socket.sendChopped(frame(opcode, payload), size > 1_000 ? 997 : 1);
      await socket.expectFrame(opcode, payload);
    }
  }
  await orderlyEnd(socket);
});

test('5.2, lengths: the shortest form is required, and the top bit of the longest is zero', async () => {
  await refused(1002, frame(text, 'x'.repeat(125), { lengthBytes: 2 }));
  await refused(1002, frame(text, 'x', { lengthBytes: 8 }));
  await refused(1002, frame(binary, 'x'.repeat(65_535), { lengthBytes: 8 }));
  await refused(1002, frame(binary, '', { declared: 1n << 63n }));
  await refused(1002, frame(binary, '', { declared: (1n << 64n) - 1n }));
});

test('5.1 and 5.3: what is not masked is refused; any mask will do', async () => {
  for (const opcode of [text, binary, ping, pong, close]) await refused(1002, frame(opcode, '', { mask: null }));
  await refused(1002, frame(text, 'hello', { mask: null }));
  const socket = await open();
  for (const mask of [[0, 0, 0, 0], [255, 255, 255, 255], [1, 2, 3, 4]]) {
    for (let size = 0; size < 20; ++size) {
      const payload = randomBytes(size);
      socket.send(frame(binary, payload, { mask: Buffer.from(mask) }));
      await socket.expectFrame(binary, payload);
    }
  }
  await orderlyEnd(socket);
});

test('5.2, reserved bits: refused on every kind of frame; RSV1 is RFC 7692\'s, whose extension was declined', async () => {
  for (let rsv = 1; rsv < 8; ++rsv) {
    for (const opcode of [text, binary, continuation, ping, pong, close]) await refused(1002, frame(opcode, '', { rsv }));
  }
  const socket = await open();
  socket.send(frame(text, 'before'), frame(text, 'with RSV1', { rsv: 4 }), frame(text, 'after'));
  await socket.expectFrame(text, 'before');
  await socket.expectClose(1002);
  const offering = await RawSocket.open(server.port, '/', { 'Sec-WebSocket-Extensions': 'permessage-deflate' });
  // "Hello" as section 7.2.3.1 of RFC 7692 compresses it.
  offering.send(frame(text, Buffer.from('f248cdc9c90700', 'hex'), { rsv: 4 }));
  await offering.expectClose(1002);
});

test('5.2, opcodes: the reserved ones are refused, also in the midst of a message', async () => {
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    await refused(1002, frame(opcode));
    await refused(1002, frame(opcode, 'with a payload'));
    await refused(1002, Buffer.concat([frame(text, 'a', { fin: false }), frame(opcode)]));
  }
});

test('5.4: fragments of any size are put together, empty ones too', async () => {
  const socket = await open();
  const payload = randomBytes(2_000);
  for (const size of [1, 2, 7, 125, 126, 1_999, 2_000]) {
    socket.send(fragments(binary, payload, size));
    await socket.expectFrame(binary, payload);
    await socket.sendChopped(fragments(text, 'x'.repeat(300), size), 1);
    await socket.expectFrame(text, 'x'.repeat(300));
  }
  const empty = (fin) => frame(continuation, '', { fin });
  socket.send(frame(text, '', { fin: false }), empty(false), empty(true));
  await socket.expectFrame(text, '');
  socket.send(frame(text, '', { fin: false }), frame(continuation, 'middle', { fin: false }), empty(true));
  await socket.expectFrame(text, 'middle');
  await orderlyEnd(socket);
});

test('5.4: control frames between fragments are answered before the message', async () => {
  const socket = await open();
  socket.send(frame(text, 'one ', { fin: false }), frame(ping, 'first'), frame(continuation, 'two ', { fin: false }),
    frame(pong, 'unasked'), frame(ping, ''), frame(continuation, 'three'));
  await socket.expectFrame(pong, 'first');
  await socket.expectFrame(pong, '');
  await socket.expectFrame(text, 'one two three');
  // Within a character, and within a mask's turn.
  socket.send(frame(text, Buffer.from([0xe2, 0x82]), { fin: false }), frame(ping, Buffer.from([0xff])), frame(continuation, Buffer.from([0xac])));
  await socket.expectFrame(pong, Buffer.from([0xff]));
  await socket.expectFrame(text, '€');
  socket.send(frame(text, 'unfinished', { fin: false }), closeFrame(1001));
  await socket.expectClose(1001);
});

test('5.4: what is out of order is refused', async () => {
  for (const fin of [true, false]) {
    await refused(1002, frame(continuation, 'nothing to continue', { fin }));
    await refused(1002, Buffer.concat([frame(text, 'a', { fin: false }), frame(text, 'b', { fin })]));
    await refused(1002, Buffer.concat([frame(binary, 'a', { fin: false }), frame(text, 'b', { fin })]));
  }
  const socket = await open();
  socket.send(fragments(text, 'abc', 1), frame(continuation, 'd'));
  await socket.expectFrame(text, 'abc');
  await socket.expectClose(1002);
});

test('5.5: control frames are whole and have at most 125 bytes', async () => {
  for (const opcode of [ping, pong, close]) {
    await refused(1002, frame(opcode, '', { fin: false }));
    await refused(1002, frame(opcode, Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(124, 'x')])));
    await refused(1002, frame(opcode, 'x'.repeat(70_000)));
    // By its head alone.
    await refused(1002, frame(opcode, '', { declared: 126n }));
  }
});

test('5.5.2 and 5.5.3: a ping is answered with its payload, a pong not at all', async () => {
  const socket = await open();
  for (const payload of ['', 'Hello', Buffer.from([0, 255, 254, 253]), Buffer.alloc(125, 254)]) {
    socket.send(frame(ping, payload));
    await socket.expectFrame(pong, payload);
    await socket.sendChopped(frame(ping, payload), 1);
    await socket.expectFrame(pong, payload);
  }
  const ten = Array.from({ length: 10 }, (_, index) => `ping ${index}`);
  socket.send(Buffer.concat(ten.map((payload) => frame(ping, payload))));
  for (const payload of ten) await socket.expectFrame(pong, payload);
  socket.send(frame(pong), frame(pong, 'unasked'), frame(text, 'next'));
  await socket.expectFrame(text, 'next');
  await orderlyEnd(socket);
});

const kValidTexts = [
  ['ASCII', 'Hello-World!'], ['of several scripts', 'Hello-µ@ßöäüàá-UTF-8!!'], ['kosme', 'κόσμε'],
  ['the first of each length', '\u0000\u0080\u0800\u{10000}'],
  ['the last of each length', '\u007f\u07ff\uffff\u{10ffff}'],
  ['beside the surrogates', '\ud7ff\ue000\ufffd'],
  ['noncharacters', '\ufffe\uffff\u{1fffe}\u{1ffff}\u{10fffe}\u{10ffff}\ufdd0'],
];

test('8.1: text is any UTF-8, cut anywhere', async () => {
  const socket = await open();
  for (const [name, value] of kValidTexts) {
    const bytes = Buffer.from(value);
    for (const sent of [frame(text, bytes), fragments(text, bytes, 1), fragments(text, bytes, 3)]) {
      await socket.sendChopped(sent, 1);
      await socket.expectFrame(text, bytes).catch((error) => assert.fail(`${name}: ${error.message}`));
    }
  }
  await orderlyEnd(socket);
});

const kInvalidTexts = {
  'a lone continuation': '80', 'another': 'bf', 'five of them': '8080808080',
  'a lone beginning': 'c320', 'a beginning at the end': 'e0a4', 'cut after three': 'f0908d',
  'FE': 'fe', 'FF': 'ff', 'five bytes': 'f888808080', 'six bytes': 'fc8480808080',
  'overlong slash, 2': 'c0af', 'overlong slash, 3': 'e080af', 'overlong slash, 4': 'f08080af',
  'overlong NUL': 'c080', 'overlong, greatest of 2': 'c1bf', 'of 3': 'e09fbf', 'of 4': 'f08fbfbf',
  'a high surrogate': 'eda080', 'a low surrogate': 'edbfbf', 'a pair of surrogates': 'eda080edb080',
  'beyond U+10FFFF': 'f4908080', 'F5': 'f5808080',
};

test('8.1: text that is not UTF-8 is refused with 1007, however it is cut', async () => {
  for (const bad of Object.values(kInvalidTexts)) {
    const bytes = Buffer.concat([Buffer.from('κόσμε '), Buffer.from(bad, 'hex')]);
    await refused(1007, frame(text, bytes));
    await refused(1007, fragments(text, bytes, 1));
    const binaryToo = await open();
    binaryToo.send(frame(binary, bytes));
    await binaryToo.expectFrame(binary, bytes);
    binaryToo.destroy();
  }
});

test('8.1: it is refused as soon as it is wrong, in the midst of a frame or a message', async () => {
  const beginning = Buffer.from('κόσμε ');
  for (const bad of ['ff', 'c0', 'eda0', 'e080', 'f490', 'f080', '80']) {
    const bytes = Buffer.concat([beginning, Buffer.from(bad, 'hex')]);
    // The frame goes on, but nothing more is sent.
    const inFrame = await open();
    inFrame.send(frame(text, bytes, { declared: BigInt(bytes.length + 50_000) }));
    await inFrame.expectClose(1007);
    const inMessage = await open();
    inMessage.send(frame(text, bytes, { fin: false }));
    await inMessage.expectClose(1007);
  }
  // A character that a fragment cuts off may still become whole.
  const patient = await open();
  patient.send(frame(text, Buffer.from('f48f', 'hex'), { fin: false }), frame(ping, 'still there?'));
  await patient.expectFrame(pong, 'still there?');
  patient.send(frame(continuation, Buffer.from('bfbf', 'hex')));
  await patient.expectFrame(text, '\u{10ffff}');
  await orderlyEnd(patient);
});

test('5.5.1 and 7: a close is answered with its code, and the server ends the connection', async () => {
  const silent = await open();
  silent.send(frame(close));
  await silent.expectClose(null);
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
    const socket = await open();
    socket.send(closeFrame(code));
    await socket.expectClose(code);
    const sliced = await open();
    await sliced.sendChopped(closeFrame(code, 'ħ'.repeat(61)), 1);
    await sliced.expectClose(code);
  }
  const longest = await open();
  longest.send(closeFrame(1000, 'x'.repeat(123)));
  await longest.expectClose(1000);
});

test('7.4: codes that may not be sent, half a code, and reasons that are not UTF-8 are refused', async () => {
  for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65_535]) {
    await refused(1002, closeFrame(code));
    await refused(1002, closeFrame(code, 'with a reason'));
  }
  await refused(1002, frame(close, Buffer.from([3])));
  for (const bad of Object.values(kInvalidTexts)) await refused(1007, closeFrame(1000, Buffer.from(bad, 'hex')));
});

test('5.5.1 and 7: what follows a close or an error is not answered; what came before is', async () => {
  const socket = await open();
  socket.send(frame(text, 'before'), frame(ping, 'before'), closeFrame(1000), frame(ping, 'after'), frame(text, 'after'), closeFrame(1001));
  await socket.expectFrame(text, 'before');
  await socket.expectFrame(pong, 'before');
  await socket.expectClose(1000);
  const wrong = await open();
  wrong.send(frame(text, 'before'), frame(3), frame(text, 'after'), closeFrame(1000));
  await wrong.expectFrame(text, 'before');
  await wrong.expectClose(1002);
  const large = await open();
  const payload = Buffer.alloc(256 * 1024, 'x');
  large.send(frame(text, payload), closeFrame(1000), frame(ping));
  await large.expectFrame(text, payload);
  await large.expectClose(1000);
});

test('7.1.5: a connection that just ends gets no close frame', async () => {
  const socket = await open();
  socket.send(frame(text, 'half a message', { fin: false }));
  socket.endWriting();
  assert.equal(await socket.frame(), null);
  socket.destroy();
});

test('7.1.1: a peer that does not end the connection after a close is waited for a limited time', async () => {
  const socket = await open();
  socket.send(closeFrame(1000));
  const answer = await socket.frame();
  assert.equal(answer.opcode, close);
  assert.equal(await socket.frame(), null, 'the server has ended its half');
  assert.ok(await socket.isCutOff(), 'and then the whole connection');
});

test('10.4: a message has at most 16 MiB, whole or in fragments, judged by the heads', async () => {
  const socket = await open();
  const largest = randomBytes(kMessageBytesMax);
  socket.send(frame(binary, largest));
  await socket.expectFrame(binary, largest);
  socket.send(fragments(binary, largest, 65_536));
  await socket.expectFrame(binary, largest);
  const letters = Buffer.alloc(4 * 1024 * 1024, '*');
  socket.send(fragments(text, letters, 256));
  await socket.expectFrame(text, letters);
  await socket.sendChopped(frame(text, letters), 64 * 1024);
  await socket.expectFrame(text, letters);
  await orderlyEnd(socket);
  await refused(1009, frame(binary, '', { declared: BigInt(kMessageBytesMax + 1) }));
  await refused(1009, frame(binary, '', { declared: (1n << 63n) - 1n }));
  const parts = await open();
  parts.send(frame(binary, largest, { fin: false }), frame(ping, 'so far, so good'));
  await parts.expectFrame(pong, 'so far, so good');
  parts.send(frame(continuation, '', { declared: 1n }));
  await parts.expectClose(1009);
});

test('many messages one behind the other come back in order', async () => {
  const socket = await open();
  const messages = Array.from({ length: 1_000 }, (_, index) => Buffer.from(`message ${index} `.repeat(1 + (index % 20))));
  socket.send(Buffer.concat(messages.map((message) => frame(text, message))));
  for (const message of messages) await socket.expectFrame(text, message);
  await orderlyEnd(socket);
});
