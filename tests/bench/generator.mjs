// Runs chat-bench, and judges what it found.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { generatorCore } from './cores.mjs';
import { benchProgram } from './servers.mjs';

// None outlives this process.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// Clients that have joined their rooms on a server, and stay until the end() or until one of them is lost.
class Crowd {
  #child;
  #lines;
  #ended;

  constructor(child) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#ended = once(child, 'exit');
    let text = '';
    child.stderr.on('data', (data) => (text += data));
    this.complaint = () => text.trim();
  }

  async answer() {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    await this.#ended;
    throw new Error(this.complaint() || 'chat-bench ended without a word');
  }

  // One of the commands of tests/bench/commands.h.
  tell(command) {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    return this.answer();
  }

  async end() {
    this.#child.stdin.end();
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

// `people` are chat-bench's own options (see chat-bench --help), beside those that the server decides. The crowd knows how
// it came to be: `joining`.
export async function join(server, people) {
  await server.ready?.();
  const watch = Object.entries(server.watch).map(([name, pid]) => `${name}:${pid}`).join(',');
  const all = { port: server.port, watch, core: generatorCore, ...people };
  const words = Object.entries(all).map(([key, value]) => `--${key}=${value}`);
  const child = spawn(benchProgram, ['crowd', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it has ended, and says why by itself
  running.add(child);
  child.once('exit', () => running.delete(child));
  const crowd = new Crowd(child);
  crowd.joining = await crowd.answer();
  return crowd;
}

// A crowd that is there when it is needed: joins at the first command, and again when clients were lost.
export class LastingCrowd {
  #crowd = null;

  constructor(server, people) {
    this.server = server;
    this.people = people;
  }

  async tell(command) {
    this.#crowd ??= await join(this.server, this.people);
    try {
      const result = await this.#crowd.tell(command);
      if (result.connections_lost > 0) await this.end();
      return { ...result, joining: this.#crowd?.joining };
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async end() {
    await this.#crowd?.end();
    this.#crowd = null;
  }
}

// What went wrong in a run, by name; nothing when each receiver saw each message once and in order.
export const flaws = (result) => (result.is_abandoned ? 'abandoned' : Object.entries({
  missing: result.missing, doubled: result.doubled, misordered: result.misordered, foreign: result.foreign,
  'receivers that differ': result.receivers_that_differ, resynced: result.resynced, refused: result.refused,
  unanswered: result.unanswered, 'connections lost': result.connections_lost,
}).filter(([, number]) => number > 0).map(([name, number]) => `${number} ${name}`).join(', '));
