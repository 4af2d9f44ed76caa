// The priority of the benchmark's processes against those that others run on the machine.
import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

// Linux weighs whole sessions against each other where autogroups are on (sched(7)), and processes only within one.
const kSession = '/proc/self/autogroup';

// Of this process and what it starts from now on, and of its session until this process ends. -20 to 19; below 0 is root's.
export function setBenchPriority(nice) {
  setPriority(nice);
  let before;
  try {
    before = /nice (-?\d+)/.exec(readFileSync(kSession, 'utf8'))[1];
  } catch {
    return; // no autogroups here
  }
  writeFileSync(kSession, String(nice));
  process.once('exit', () => writeFileSync(kSession, before));
}
