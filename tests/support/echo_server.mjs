// A running echo_server: {port, stop()}.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { buildFolder } from './system.mjs';

export async function startEchoServer() {
  const child = spawn(join(buildFolder, 'tests/support/echo_server'), ['0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    port: Number(line),
    async stop() {
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    },
  };
}
