// Runs chat-bench, and judges what it found.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { generatorCore } from './cores.mjs';
import { benchProgram } from './servers.mjs';

const run = promisify(execFile);

// `options` are chat-bench's own (see chat-bench --help), beside those that the server decides.
export async function load(server, options) {
  await server.ready?.();
  const watch = Object.entries(server.watch).map(([name, pid]) => `${name}:${pid}`).join(',');
  const all = { port: server.port, watch, core: generatorCore, ...options };
  const words = Object.entries(all).map(([key, value]) => `--${key}=${value}`);
  const { stdout } = await run(benchProgram, ['load', ...words], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}

// What went wrong in a run, by name; nothing when each receiver saw each message once and in order.
export const flaws = (result) => (result.is_abandoned ? 'abandoned' : Object.entries({
  missing: result.missing, doubled: result.doubled, misordered: result.misordered, foreign: result.foreign,
  'receivers that differ': result.receivers_that_differ, resynced: result.resynced, refused: result.refused,
  unanswered: result.unanswered, 'connections lost': result.connections_lost,
}).filter(([, number]) => number > 0).map(([name, number]) => `${number} ${name}`).join(', '));
