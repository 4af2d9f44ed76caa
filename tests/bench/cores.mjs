// Which process runs on which core. The front, the process that holds the clients' sockets, has the first core for itself,
// since it is what is measured; the load generator has the last one. What stands behind the front (backend, PostgreSQL,
// this program) has those between, and where there are only two, it shares the generator's. With one core nobody is pinned.
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

// `0-3,6` as a list.
export const parseCores = (text) => text.split(',').flatMap((part) => {
  const [first, last = first] = part.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
});

const affinity = execFileSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
const cores = parseCores(affinity.slice(affinity.lastIndexOf(':') + 1).trim());
const isPinned = cores.length > 1;
const behind = cores.length > 2 ? cores.slice(1, -1) : cores.slice(-1);

export const generatorCore = isPinned ? cores.at(-1) : -1;
export const coreFacts = isPinned ? { front: [cores[0]], behind, generator: [generatorCore] } : {};

const pin = (pid, wanted) => run('taskset', ['-a', '-c', '-p', wanted.join(','), String(pid)]);

// This process, and so all that it starts from now on.
export async function pinSelf() {
  if (isPinned) await pin(process.pid, behind);
}

export async function pinFront(pid) {
  if (isPinned) await pin(pid, cores.slice(0, 1));
}

// All cores, where no process is measured by itself. What is started by it later inherits them.
export async function unpin(pid) {
  if (isPinned) await pin(pid, cores);
}
