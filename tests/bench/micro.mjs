// The functions that every message passes through, by Google Benchmark.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { buildFolder } from '../support/system.mjs';
import { printTable, record } from './results.mjs';

const run = promisify(execFile);
const kProgram = join(buildFolder, 'tests/bench/chat-bench-micro');
const kSecondsOfEach = 0.3;

const nanoseconds = (time) => `${time < 100 ? time.toFixed(1) : Math.round(time).toLocaleString('en-US')} ns`;

// options: runs
export async function micro({ runs }) {
  if (!existsSync(kProgram)) throw new Error('chat-bench-micro is not built: is libbenchmark-dev there?');
  const words = [`--benchmark_min_time=${kSecondsOfEach}`, `--benchmark_repetitions=${runs}`, '--benchmark_format=json',
    '--benchmark_report_aggregates_only=true', '--benchmark_enable_random_interleaving=true'];
  const { stdout } = await run(kProgram, words, { maxBuffer: 1 << 24 });
  const { benchmarks } = JSON.parse(stdout);
  await record('micro', { name: 'chat-bench-micro', facts: {} }, { runs }, benchmarks);
  // With one repetition there are no aggregates.
  const medians = benchmarks.filter(({ aggregate_name: name }) => name === undefined || name === 'median');
  printTable('CPU time of one call; an item is a delivery, a frame or a message', ['function', 'time', 'an item'],
    medians.map((one) => [one.run_name, nanoseconds(one.cpu_time),
      one.items_per_second ? nanoseconds(1e9 / one.items_per_second) : '–']));
}
