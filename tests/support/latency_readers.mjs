// Readers of a room that take the time which messages need from a writer to them: in a thread of their own, so that what
// the test's thread is busy with does not count. Writers put `stamp()` into client_time.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { JsonSocket } from './chat_sockets.mjs';

// Milliseconds on a clock that all threads share.
const now = () => performance.timeOrigin + performance.now();
export const stamp = () => String(now());

async function read({ addresses, room, count }) {
  const times = [];
  for (let index = 0; index < count; ++index) {
    const socket = await JsonSocket.connect({ address: addresses[index % addresses.length] }, `?room=${room}&name=Fast`);
    await socket.subscribe(room);
    socket.ws.on('message', () => {
      const event = socket.frames.pop().push?.event;
      if (event?.message) times.push(now() - Number(event.message.client_time));
    });
  }
  parentPort.on('message', () => {
    const sorted = times.splice(0).sort((left, right) => left - right);
    parentPort.postMessage(sorted[Math.floor(sorted.length * 0.99)]);
  });
  parentPort.postMessage('reading');
}

if (!isMainThread && workerData?.latencyReaders) await read(workerData.latencyReaders);

const answerOf = (worker) =>
  new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));

export class LatencyReaders {
  static async connect(gateways, room, count) {
    const readers = new LatencyReaders();
    const addresses = gateways.map(({ address }) => address);
    readers.worker = new Worker(new URL(import.meta.url), { workerData: { latencyReaders: { addresses, room, count } } });
    await answerOf(readers.worker);
    return readers;
  }

  // The 99th percentile in ms of what came since it was asked last.
  async takeP99() {
    const answer = answerOf(this.worker);
    this.worker.postMessage('p99');
    return answer;
  }

  end() {
    return this.worker.terminate();
  }
}
