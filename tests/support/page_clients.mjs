// Many clients that behave as the page does: they subscribe with their last position, and after a lost socket come back
// after a pause of chance that grows (web/model/backoff.h).
import WebSocket from 'ws';

const kFirstPauseMs = 500;
const kMostPauseMs = 30_000;

class PageClient {
  #pauses = 0;
  #timer = null;
  position = null;
  isLive = false;
  problem = null;

  constructor(clients, room) {
    Object.assign(this, { clients, room });
  }

  connect() {
    const ws = new WebSocket(`ws://${this.clients.gateway.address}/ws?room=${this.room}`, ['chat.v1.json'], {
      perMessageDeflate: false,
    });
    this.ws = ws;
    ws.on('error', () => {}); // its close follows
    ws.on('open', () => this.#subscribe());
    ws.on('message', (data) => this.#take(JSON.parse(data)));
    ws.on('close', () => this.#lost());
  }

  #subscribe() {
    if (this.ws.readyState !== WebSocket.OPEN) return;
    const position = this.position ? { position: this.position } : {};
    this.ws.send(JSON.stringify({ action: 'subscribe', request_id: 's', room: this.room, ...position }));
  }

  #take({ type, action, result, event, error, resync }) {
    if (error?.retryable) this.#later(() => this.#subscribe());
    else if (error) this.problem ??= error;
    if (resync) this.#subscribe();
    if (action === 'subscribe') {
      if (this.position && result.reset) this.problem ??= 'a reset';
      this.position = result.position;
      this.isLive = true;
      this.liveAt = performance.now();
      this.#pauses = 0;
    }
    if (type === 'push' && event?.message) {
      if (Number(event.position.offset) !== Number(this.position.offset) + 1) this.problem ??= 'a gap';
      this.position = event.position;
    }
  }

  #lost() {
    this.isLive = false;
    if (!this.clients.isEnded) this.#later(() => this.connect());
  }

  #later(action) {
    const ceiling = Math.min(kMostPauseMs, kFirstPauseMs * 2 ** this.#pauses);
    this.#pauses += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, this.clients.random() * ceiling);
  }

  end() {
    clearTimeout(this.#timer);
    this.ws.terminate();
  }
}

// `gateway` is where they connect, as a load balancer would choose; it may be set anew. `random` gives 0 to below 1.
export class PageClients {
  isEnded = false;

  constructor(count, rooms, gateway, random) {
    Object.assign(this, { gateway, random });
    this.all = Array.from({ length: count }, (_, index) => new PageClient(this, rooms[index % rooms.length]));
  }

  // A few at a time, so that the machine that plays them all does not wait for itself.
  async connect(atATime = 200) {
    for (let index = 0; index < this.all.length; index += atATime) {
      const part = this.all.slice(index, index + atATime);
      for (const client of part) client.connect();
      while (!part.every(({ isLive }) => isLive)) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  get live() {
    return this.all.filter(({ isLive }) => isLive).length;
  }

  get problems() {
    return this.all.map(({ problem }) => problem).filter(Boolean);
  }

  end() {
    this.isEnded = true;
    for (const client of this.all) client.end();
  }
}
