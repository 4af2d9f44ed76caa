// What the runs came to: a table to read, and a JSON line for each figure in build/bench/results.jsonl.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(repository, 'build/bench');

function version() {
  const git = (...words) => execFileSync('git', ['-C', repository, ...words], { encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '-uno') === '' ? '' : '-changed'}`;
  } catch {
    return '';
  }
}

// Of an even number, the lower of the two in the middle.
export const median = (values) => [...values].sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1];

export class Report {
  #rows = [];

  // `limit`: {most} or {least}; `detail` is what else was seen, for the JSON line.
  add(figure, value, unit, limit, options, detail) {
    const reached = (limit.most === undefined || value <= limit.most) && (limit.least === undefined || value >= limit.least);
    this.#rows.push({ figure, value, unit, limit, reached });
    mkdirSync(folder, { recursive: true });
    const line = {
      time: new Date().toISOString(), version: version(), cores: cpus().length, processor: cpus()[0]?.model, load: loadavg()[0],
      part: 'page', figure, value, unit, limit, reached, options, detail,
    };
    appendFileSync(join(folder, 'results.jsonl'), `${JSON.stringify(line)}\n`);
  }

  // Markdown, as docs/performance.md has it.
  print() {
    const number = (value) => new Intl.NumberFormat('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 }).format(value);
    const bound = ({ most, least }) => (most === undefined ? `at least ${number(least)}` : `at most ${number(most)}`);
    console.log('\n| figure | value | wanted | |\n|---|---|---|---|');
    for (const { figure, value, unit, limit, reached } of this.#rows) {
      console.log(`| ${figure} | ${number(value)} ${unit} | ${bound(limit)} | ${reached ? 'reached' : 'not reached'} |`);
    }
  }
}
