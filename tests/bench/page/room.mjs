// Rooms and those who write in them.
import { randomUUID } from 'node:crypto';

import { JsonSocket } from '../../support/chat_sockets.mjs';

// Puts `count` messages into the new room `name`, straight into the database: `seeded I of COUNT`.
export async function seedRoom(system, name, count) {
  await system.query(`
    with room as (
      insert into rooms (name, epoch, last_offset) values ('${name}', 'seeded', ${count}) returning room_id)
    insert into messages (room_id, message_offset, change_offset, author_id, author_name, request_id, body, client_time,
                          create_time)
    select room_id, n, n, 'seeder-' || n % 7, 'Seeder ' || n % 7, 'seed-' || n,
           'seeded ' || n || ' of ${count}' || case n % 5 when 0 then repeat(' and more words', 20) else '' end, '',
           now() - (${count} - n) * interval '5 minutes'
    from room, generate_series(1, ${count}) n`);
}

// Writes 100-byte messages at a steady rate over some sockets, whatever the answers do. Few sockets: each may send 100
// a second, and presence lists them all.
export class Writers {
  #sockets = [];
  #timer = null;
  #key = randomUUID(); // so that no message counts as another run's
  sent = 0;

  static async connect(gateway, room, count) {
    const writers = new Writers(room);
    for (let number = 0; number < count; ++number) {
      const query = `?room=${room}&name=Writer%20${number}&author_id=writer-${number}`;
      writers.#sockets.push(await JsonSocket.connect(gateway, query));
    }
    return writers;
  }

  constructor(room) {
    this.room = room;
  }

  // `perSecond` messages a second from now on, each at its time, until `total` are sent.
  run(perSecond, total) {
    const began = performance.now();
    const first = this.sent;
    return new Promise((resolve) => {
      this.#timer = setInterval(() => {
        const due = Math.min(total, Math.floor(((performance.now() - began) * perSecond) / 1000));
        while (this.sent - first < due) this.#send();
        if (this.sent - first < total) return;
        clearInterval(this.#timer);
        resolve();
      }, 2);
    });
  }

  #send() {
    const number = ++this.sent;
    const socket = this.#sockets[number % this.#sockets.length];
    socket.frames.length = 0; // nobody reads the answers
    const body = `message ${number} `.padEnd(100, 'lorem ipsum dolor sit amet ');
    const request_id = `${this.#key}-${number}`;
    const client_time = String(Date.now());
    socket.sendRaw(JSON.stringify({ action: 'send_message', request_id, room: this.room, body, client_time }));
  }

  async end() {
    clearInterval(this.#timer);
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }
}
