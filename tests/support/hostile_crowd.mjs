// Many connections that mean ill, from a process of its own: fork this file with {port, count, floods, hogs, addresses,
// first} as JSON. It answers 'report' with what has become of them so far, and ends with its parent.
import net from 'node:net';
import os from 'node:os';

const kConnectsPerTick = 20; // of 20 ms
const kTickMs = 20;
const kReconnectMs = 300;
const kFloodBytesMax = 65_536;

const upgrade = (path, protocol = 'Sec-WebSocket-Protocol: chat.v1.json\r\n') =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${protocol}\r\n`;

// A masked frame, of a mask of zeros; `length` may be another than that of the payload.
function frame(first, payload, length = payload.length) {
  const head = length < 126 ? Buffer.from([first, 0x80 | length]) : Buffer.alloc(length < 65_536 ? 4 : 10);
  if (length >= 126) {
    head[0] = first;
    head[1] = length < 65_536 ? 0xfe : 0xff;
    if (length < 65_536) head.writeUInt16BE(length, 2);
    else head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, Buffer.alloc(4), Buffer.from(payload)]);
}

const many = (piece) => Buffer.concat(Array.from({ length: Math.ceil(kFloodBytesMax / piece.length) }, () => piece));
const kFin = 0x80;
const kDeflated = Buffer.from('ecc10101000000801090ff', 'hex'); // some bytes of zeros, compressed
const ping = many(frame(kFin | 9, 'flood'));
const nonsense = many(frame(kFin | 1, '{"action":"no such thing","request_id":"x"}'));
const fragments = many(frame(0, ''));
const get = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
const kLargeRoom = 'hostile-large'; // of the largest messages, one after the other
const kPagesAsked = 32;
const pages = Buffer.concat(Array.from({ length: kPagesAsked }, (_, index) => frame(kFin | 1, JSON.stringify(
  { action: 'get_messages', request_id: `p${index}`, room: kLargeRoom, page_size: 500 }))));
const kGlanceMs = 20;

// What a connection of each kind does: `begin` once it is there, `upgraded` once it is a WebSocket, `tick` each second.
const kinds = {
  silent: {},
  slow_head: { begin: (own) => own.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: '), tick: (own) => own.write('x') },
  idle: { begin: (own) => own.write(get), tick: (own) => own.write(get) }, // a request now and then
  garbage: { begin: (own) => own.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03') },
  deaf: { isSocket: true, upgraded: (own) => own.socket.pause() },
  slow_message: { isSocket: true, upgraded: (own) => own.write(frame(kFin | 1, '', 1_000)), tick: (own) => own.write(' ') },
  giant: { isSocket: true, upgraded: (own) => own.write(frame(kFin | 1, 'x'.repeat(1_000), 2 ** 40)) },
  bad_utf8: { isSocket: true, upgraded: (own) => own.write(frame(kFin | 1, Buffer.from([0x7b, 0xff, 0x7d]))) },
  bomb: { isSocket: true, upgraded: (own) => own.write(frame(0xc1, kDeflated)) },
  // Asks for large pages, and reads nothing of them.
  greedy: { isSocket: true, upgraded: (own) => { own.socket.pause(); own.write(pages); } },
  // Of the tutorial's contract: falls behind, reads a little, and falls behind again.
  laggard: { isSocket: true, path: `/ws?room=${kLargeRoom}`, protocol: '', upgraded: (own) => own.socket.pause(),
    tick: (own) => { own.socket.resume(); setTimeout(() => own.socket.pause(), kGlanceMs); } },
  flood_pings: { isSocket: true, flood: ping },
  flood_commands: { isSocket: true, flood: nonsense },
  flood_fragments: { isSocket: true, upgraded: (own) => own.write(frame(1, '')), flood: fragments },
};
// Hundredths of the crowd; floods, and those that make the gateway hold as much as it may, come in numbers of their own.
const shares = { silent: 22, slow_head: 16, idle: 14, garbage: 4, deaf: 24, slow_message: 14, giant: 2, bad_utf8: 2, bomb: 2 };

const plan = JSON.parse(process.argv[2]);
const report = { open: 0, opened: 0, websockets: 0, kinds: {}, statuses: {}, codes: {}, silentEnds: 0 };
const note = (counts, key) => (counts[key] = (counts[key] ?? 0) + 1);
const waiting = [];

class Hostile {
  isUpgraded = false;
  hasAnswer = false;

  constructor(kind, index) {
    this.name = kind;
    this.kind = kinds[kind];
    this.path = this.kind.path ?? `/ws?room=hostile-${index % 200}`;
    const number = plan.first + (index % plan.addresses);
    this.localAddress = `127.1.${number >> 8}.${number & 0xff}`;
    waiting.push(this);
  }

  connect() {
    this.isUpgraded = this.hasAnswer = false;
    this.socket = net.connect({ host: '127.0.0.1', port: plan.port, localAddress: this.localAddress });
    this.socket.on('error', () => {}); // its close follows
    this.socket.on('connect', () => {
      this.isOpen = true;
      report.open += 1;
      report.opened += 1;
      if (this.kind.isSocket) this.write(upgrade(this.path, this.kind.protocol));
      else this.kind.begin?.(this);
    });
    this.socket.on('data', (data) => this.take(data));
    this.socket.on('close', () => {
      clearInterval(this.timer);
      if (this.isOpen) report.open -= 1;
      if (this.isOpen && !this.hasAnswer) report.silentEnds += 1;
      this.isOpen = false;
      setTimeout(() => waiting.push(this), kReconnectMs);
    });
    if (this.kind.tick && !this.kind.isSocket) this.tick();
  }

  tick() {
    this.timer = setInterval(() => this.kind.tick(this), 1_000);
  }

  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  take(data) {
    this.hasAnswer = true;
    if (!this.isUpgraded) {
      const status = Number(data.toString('latin1', 9, 12));
      note(report.statuses, status);
      if (status !== 101) {
        if (this.kind.isSocket) this.socket.destroy(); // to come again
        return;
      }
      this.isUpgraded = true;
      report.websockets += 1;
      note(report.kinds, this.name);
      this.kind.upgraded?.(this);
      if (this.kind.isSocket && this.kind.tick) this.tick();
      if (this.kind.flood) this.flood();
      return;
    }
    // A close frame is the last one: its head and its code may stand at any place of what came.
    const at = data.lastIndexOf(0x88);
    if (at >= 0 && at + 4 <= data.length && data[at + 2] === 0x03) {
      note(report.codes, data.readUInt16BE(at + 2));
      this.socket.end();
    }
  }

  // As fast as the other side takes it.
  flood() {
    while (!this.socket.destroyed && this.socket.write(this.kind.flood));
    this.socket.once('drain', () => this.flood());
  }
}

os.setPriority(10);
const crowd = Object.entries(shares).flatMap(([kind, share]) =>
  Array.from({ length: Math.round((plan.count * share) / 100) }, () => kind));
const floods = ['flood_pings', 'flood_commands', 'flood_fragments'];
for (let index = 0; index < plan.floods; ++index) crowd.push(floods[index % floods.length]);
for (let index = 0; index < plan.hogs; ++index) crowd.push(index % 2 === 0 ? 'greedy' : 'laggard');
// The kinds come mixed, from all addresses.
crowd.map((kind) => ({ kind, at: Math.random() })).sort((left, right) => left.at - right.at)
  .forEach(({ kind }, index) => new Hostile(kind, index));
setInterval(() => waiting.splice(0, kConnectsPerTick).forEach((hostile) => hostile.connect()), kTickMs);
process.on('message', () => process.send(report));
process.on('disconnect', () => process.exit(0));
