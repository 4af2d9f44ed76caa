// A client of chat.v1.json on npm's `ws`, one command at a time; it lies here for that package's sake.
import { WebSocket } from 'ws';

export class JsonSocket {
  #socket;
  #waiting = new Map(); // by request_id
  #count = 0;

  static open(port, room) {
    return new Promise((resolve, reject) => {
      const opened = new this();
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?room=${room}`, 'chat.v1.json');
      opened.#socket = socket;
      socket.on('open', () => resolve(opened));
      socket.on('error', reject);
      socket.on('message', (data) => opened.#hear(JSON.parse(data)));
    });
  }

  // The result of a command; throws with the server's reason when it is refused.
  ask(action, fields) {
    const requestId = `r${++this.#count}`;
    this.#socket.send(JSON.stringify({ action, request_id: requestId, ...fields }));
    return new Promise((resolve, reject) => this.#waiting.set(requestId, { resolve, reject }));
  }

  close() {
    this.#socket.terminate();
  }

  #hear(frame) {
    if (frame.type !== 'reply') return;
    const { resolve, reject } = this.#waiting.get(frame.request_id);
    this.#waiting.delete(frame.request_id);
    if (frame.error) reject(new Error(JSON.stringify(frame.error)));
    else resolve(frame.result);
  }
}
