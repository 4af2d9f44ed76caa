// The figures of the page: whether each is reached, in a table and as a line in build/bench/results.jsonl.
import { loadavg } from 'node:os';

import { printTable, record } from '../results.mjs';

const kServer = { name: 'parley page', facts: {} };

export class Report {
  #rows = [];

  // `limit`: {most}, {least}, or {} for a figure to compare with; `detail` is what else was seen, for the JSON line.
  async add(figure, value, unit, limit, options, detail) {
    const reached = value <= (limit.most ?? Infinity) && value >= (limit.least ?? -Infinity);
    const number = (some) => some.toLocaleString('en-US', { maximumFractionDigits: some < 100 ? 2 : 0 });
    const bounds = [...('most' in limit ? [`at most ${number(limit.most)}`] : []), ...('least' in limit ? [`at least ${number(limit.least)}`] : [])];
    const verdict = bounds.length === 0 ? '' : reached ? 'reached' : 'not reached';
    this.#rows.push([figure, `${number(value)} ${unit}`, bounds.join(', '), verdict]);
    await record('page', kServer, options, { figure, value, unit, limit, reached, load: loadavg()[0], detail });
  }

  print() {
    printTable('The page', ['figure', 'value', 'wanted', ''], this.#rows);
  }
}
