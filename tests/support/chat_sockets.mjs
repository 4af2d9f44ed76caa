// Plain WebSocket clients for the three wire formats: they keep every frame that came, so that a test can wait for one
// and can say that no other came.
import { fileURLToPath } from 'node:url';

import protobuf from 'protobufjs';
import WebSocket from 'ws';

import { until } from './system.mjs';

const protoFolder = fileURLToPath(new URL('../../proto/', import.meta.url));

// Of a gateway, or {address, scheme: 'wss'}.
const origin = ({ scheme = 'ws', address }) => `${scheme}://${address}`;

class Socket {
  frames = [];
  closed = null; // {code, reason}

  static open(url, protocols, options = {}) {
    return new Promise((resolve, reject) => {
      const socket = new this();
      socket.ws = new WebSocket(url, protocols, options);
      socket.ws.once('open', () => resolve(socket));
      socket.ws.once('unexpected-response', (_request, response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const refusal = new Error(`refused with ${response.statusCode}`);
          refusal.status = response.statusCode;
          refusal.headers = response.headers;
          refusal.body = Buffer.concat(chunks).toString();
          reject(refusal);
        });
      });
      socket.ws.on('error', (error) => reject(error));
      socket.ws.on('message', (data, isBinary) => socket.frames.push(socket.decode(data, isBinary)));
      socket.ws.on('close', (code, reason) => (socket.closed = { code, reason: reason.toString() }));
    });
  }

  decode(data) {
    return JSON.parse(data.toString());
  }

  sendRaw(data, options) {
    this.ws.send(data, options);
  }

  // The first frame, at `from` or later, for which `predicate` holds.
  frame(what, predicate, from = 0) {
    return until(what, () => this.frames.slice(from).find(predicate));
  }

  async close() {
    this.ws.close(1000);
    await until('the socket to close', () => this.closed);
    return this.closed;
  }

  untilClosed() {
    return until('the server to close the socket', () => this.closed);
  }
}

// No subprotocol: the tutorial's own contract.
export class TutorialSocket extends Socket {
  static connect(gateway, path = '/ws', options = {}) {
    return this.open(`${origin(gateway)}${path}`, [], options);
  }

  send(object) {
    this.sendRaw(JSON.stringify(object));
  }
}

// Shared by the two full formats: a command's reply is awaited by its request_id.
class CommandSocket extends Socket {
  #requests = 0;

  nextRequestId() {
    this.#requests += 1;
    return `r${process.pid}-${this.#requests}`;
  }

  // The events of a room that were pushed, in order.
  events(room) {
    return this.frames.map((frame) => frame.push?.event).filter((event) => event?.room === room);
  }

  // The bodies of a room's messages in the order in which they were pushed.
  bodies(room) {
    return this.events(room).filter(({ message }) => message).map(({ message }) => message.body);
  }

  presence(room) {
    return this.events(room).filter(({ presence }) => presence).at(-1)?.presence;
  }

  untilPushed(room, count) {
    return until(`${count} messages to be pushed in ${room}`, () => this.bodies(room).length >= count);
  }

  async subscribe(room, position) {
    return (await this.command('subscribe', { room, ...(position ? { position } : {}) })).subscribe;
  }

  sendMessage(room, body, requestId) {
    return this.command('send_message', { room, body }, requestId);
  }
}

// Frames are given as {reply: {request_id, error | <action>}} and {push: {welcome | event | resync}}, as in the protobuf
// form, so that one test can serve both.
export class JsonSocket extends CommandSocket {
  static connect(gateway, query = '', options = {}) {
    return this.open(`${origin(gateway)}/ws${query}`, ['chat.v1.json'], options);
  }

  decode(data) {
    const { type, ...rest } = JSON.parse(data.toString());
    if (type === 'push') return { push: rest };
    const { action, result, ...reply } = rest;
    return { reply: result === undefined ? reply : { ...reply, [action]: result } };
  }

  async command(action, fields, requestId = this.nextRequestId()) {
    const from = this.frames.length;
    this.sendRaw(JSON.stringify({ action, request_id: requestId, ...fields }));
    return (await this.frame(`the reply to ${action}`, (frame) => frame.reply?.request_id === requestId, from)).reply;
  }
}

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => (target.startsWith('google/protobuf/') ? null : protoFolder + target);
protobuf.common.get('google/protobuf/timestamp.proto');
await root.load('chat/v1/frame.proto', { keepCase: true });
const ClientFrame = root.lookupType('chat.v1.ClientFrame');
const ServerFrame = root.lookupType('chat.v1.ServerFrame');

export class ProtoSocket extends CommandSocket {
  static connect(gateway, query = '', options = {}) {
    return this.open(`${origin(gateway)}/ws${query}`, ['chat.v1.proto'], options);
  }

  decode(data) {
    return ServerFrame.toObject(ServerFrame.decode(data), { longs: String, defaults: true, oneofs: false });
  }

  async command(action, fields, requestId = this.nextRequestId()) {
    const from = this.frames.length;
    this.sendRaw(ClientFrame.encode(ClientFrame.fromObject({ request_id: requestId, [action]: fields })).finish());
    return (await this.frame(`the reply to ${action}`, (frame) => frame.reply?.request_id === requestId, from)).reply;
  }
}
