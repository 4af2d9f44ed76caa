// A WebSocket client that knows no rules: bytes out, heads and frames in.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import net from 'node:net';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

const kPatienceMs = 10_000;
// The example of RFC 6455, section 1.3.
export const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ==';
export const sampleAccept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

// One frame as bytes. `lengthBytes`: 0, 2 or 8 for a form of the length that is not the shortest one; `declared`: a
// length that is not that of the payload.
export function frame(opcode, payload = '', { fin = true, rsv = 0, mask = randomBytes(4), lengthBytes, declared } = {}) {
  const body = Buffer.from(payload);
  const length = declared ?? BigInt(body.length);
  const form = lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + form);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (form === 0 ? Number(length) : form === 2 ? 126 : 127);
  if (form === 2) head.writeUInt16BE(Number(length), 2);
  if (form === 8) head.writeBigUInt64BE(length, 2);
  if (!mask) return Buffer.concat([head, body]);
  for (let index = 0; index < body.length; ++index) body[index] ^= mask[index % 4];
  return Buffer.concat([head, mask, body]);
}

// A message in fragments of at most `size` bytes.
export function fragments(opcode, payload, size) {
  const body = Buffer.from(payload);
  const frames = [];
  for (let begin = 0; begin === 0 || begin < body.length; begin += size) {
    const kind = begin === 0 ? opcode : opcodes.continuation;
    frames.push(frame(kind, body.subarray(begin, begin + size), { fin: begin + size >= body.length }));
  }
  return Buffer.concat(frames);
}

export function closeFrame(code, reason = '') {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(code);
  return frame(opcodes.close, Buffer.concat([number, Buffer.from(reason)]));
}

// `lines` replaces header fields of a good handshake, all lines of a name at once; null leaves them out.
export function handshake(path, lines = {}, { method = 'GET', version = 'HTTP/1.1', body = '' } = {}) {
  const fields = {
    Host: '127.0.0.1', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': sampleKey,
    'Sec-WebSocket-Version': '13', ...lines,
  };
  const text = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`));
  return `${method} ${path} ${version}\r\n${text.join('')}\r\n${body}`;
}

export class RawSocket {
  #socket;
  #bytes = Buffer.alloc(0);
  #chunks = []; // what came after them
  #wanted = 0; // bytes before which a look is of no use: large frames are put together once
  #wake = () => {};
  ended = false; // the server has said that it writes no more

  static connect(port) {
    const raw = new RawSocket();
    raw.#socket = net.connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    raw.#socket.on('data', (chunk) => {
      raw.#chunks.push(chunk);
      raw.#wake();
    });
    const end = () => {
      raw.ended = true;
      raw.#wake();
    };
    raw.#socket.on('end', end);
    raw.#socket.on('close', end);
    raw.#socket.on('error', (error) => {
      raw.error = error;
    });
    return new Promise((resolve, reject) => {
      raw.#socket.once('connect', () => resolve(raw));
      raw.#socket.once('error', reject);
    });
  }

  // After its upgrade.
  static async open(port, path = '/', lines = {}) {
    const raw = await RawSocket.connect(port);
    raw.send(handshake(path, lines));
    const head = await raw.head();
    assert.equal(head.status, 101);
    return raw;
  }

  send(...pieces) {
    for (const piece of pieces) this.#socket.write(piece);
  }

  // In pieces of `size` bytes that go out as packets of their own.
  async sendChopped(bytes, size) {
    for (let begin = 0; begin < bytes.length; begin += size) {
      await new Promise((resolve) => this.#socket.write(bytes.subarray(begin, begin + size), resolve));
    }
  }

  endWriting() {
    this.#socket.end();
  }

  destroy() {
    this.#socket.destroy();
  }

  // Whether the server gives up the connection altogether: then it refuses our bytes.
  async isCutOff() {
    const end = Date.now() + kPatienceMs;
    while (!this.error && Date.now() < end) {
      await new Promise((resolve) => this.#socket.write('x', resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.destroy();
    return this.error !== undefined;
  }

  // Waits until `take` makes something of the bytes that have come, or until they have ended.
  async #until(what, take) {
    const end = Date.now() + kPatienceMs;
    for (;;) {
      const come = this.#chunks.reduce((sum, { length }) => sum + length, this.#bytes.length);
      if (come >= this.#wanted && this.#chunks.length > 0) this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks.splice(0)]);
      const taken = take(this.#bytes);
      if (taken !== undefined) {
        this.#wanted = 0;
        return taken;
      }
      if (this.ended) return null;
      const left = end - Date.now();
      assert.ok(left > 0, `waited in vain for ${what}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  // The head of an HTTP answer: {status, fields}, names in lower case; null where the connection ended.
  head() {
    return this.#until('the head of an answer', (bytes) => {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      this.#bytes = bytes.subarray(end + 4);
      const [first, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
      const fields = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
      return { status: Number(first.split(' ')[1]), fields: Object.fromEntries(fields) };
    });
  }

  // The next frame: {fin, opcode, payload}; null where the connection ended.
  frame() {
    return this.#until('a frame', (bytes) => {
      if (bytes.length < 2) return undefined;
      assert.equal(bytes[0] & 0x70, 0, 'a server of no extensions sets no reserved bits');
      assert.equal(bytes[1] & 0x80, 0, 'a server does not mask');
      const short = bytes[1] & 0x7f;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length < head) return undefined;
      const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
      this.#wanted = head + length;
      if (bytes.length < this.#wanted) return undefined;
      this.#bytes = bytes.subarray(head + length);
      return { fin: (bytes[0] & 0x80) !== 0, opcode: bytes[0] & 0x0f, payload: bytes.subarray(head, head + length) };
    });
  }

  async expectFrame(opcode, payload) {
    const got = await this.frame();
    assert.ok(got !== null, 'the connection ended');
    assert.equal(got.opcode, opcode);
    assert.ok(got.fin);
    assert.ok(got.payload.equals(Buffer.from(payload)), `${got.payload.length} bytes, not those that were sent`);
  }

  // The server closes with that code (null: none given), and ends the connection: nothing else comes.
  async expectClose(code) {
    const got = await this.frame();
    assert.ok(got !== null, 'the connection ended without a close frame');
    assert.equal(got.opcode, opcodes.close);
    assert.equal(got.payload.length === 0 ? null : got.payload.readUInt16BE(0), code);
    assert.equal(await this.frame(), null);
    assert.equal(this.error, undefined, 'ended in order, not reset');
    assert.equal(this.#bytes.length, 0);
    this.destroy();
  }
}
