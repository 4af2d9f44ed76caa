// What the runs came to: one JSON line each in build/bench/results.jsonl, and tables to read.
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const repository = fileURLToPath(new URL('../../', import.meta.url));
export const resultsFolder = join(repository, 'build/bench');

const git = (...words) => {
  try {
    return execFileSync('git', ['-C', repository, ...words], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
};
const kVersion = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '-uno') === '' ? '' : '-changed'}`;

export async function record(part, server, options, result) {
  await mkdir(resultsFolder, { recursive: true });
  const line = JSON.stringify({
    time: new Date().toISOString(), version: kVersion, cores: cpus().length, processor: cpus()[0]?.model, part,
    server: server.name, facts: server.facts, options, result,
  });
  await appendFile(join(resultsFolder, 'results.jsonl'), `${line}\n`);
}

// Of an even number, the lower of the two in the middle. Undefined of none.
export const median = (values) => values.toSorted((a, b) => a - b)[Math.ceil(values.length / 2) - 1];

const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
export const count = (number) => (Number.isFinite(number) ? thousands.format(number) : '–');
export const ms = (number) => (Number.isFinite(number) ? `${tenths.format(number)} ms` : '–');
export const ratio = (number) => (Number.isFinite(number) ? number.toFixed(2) : '–');
export const percent = (share) => (Number.isFinite(share) ? `${thousands.format(100 * share)} %` : '–');

// Markdown, as docs/performance.md has it.
export function printTable(title, columns, rows) {
  console.log(`\n${title}\n\n| ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length)}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

// How much the machine did beside the runs: figures of a disturbed machine are worth less.
export function printDisturbance(results) {
  const known = results.filter((result) => result.others_cpu_s !== undefined);
  if (known.length === 0) return;
  const others = median(known.map((result) => result.others_cpu_s / result.seconds));
  const stolen = median(known.map((result) => result.stolen_s / result.seconds));
  console.log(`\nBeside these runs the machine's other programs used ${percent(others)} of a core, ` +
    `and its host took ${percent(stolen)} (medians).`);
}

// For whoever waits.
export const tell = (text) => console.error(`    ${text}`);
