// The figures of the page: whether each is reached, in a table and as a line in build/bench/results.jsonl.
import { loadavg } from 'node:os';

import { printTable, record } from '../results.mjs';

const kServer = { name: 'parley page', facts: {} };

export class Report {
  #rows = [];

  // `limit`: {most} or {least}; `detail` is what else was seen, for the JSON line.
  async add(figure, value, unit, limit, options, detail) {
    const reached = value <= (limit.most ?? Infinity) && value >= (limit.least ?? -Infinity);
    const number = (some) => some.toLocaleString('en-US', { maximumFractionDigits: some < 100 ? 2 : 0 });
    const bound = limit.most === undefined ? `at least ${number(limit.least)}` : `at most ${number(limit.most)}`;
    this.#rows.push([figure, `${number(value)} ${unit}`, bound, reached ? 'reached' : 'not reached']);
    await record('page', kServer, options, { figure, value, unit, limit, reached, load: loadavg()[0], detail });
  }

  print() {
    printTable('The page', ['figure', 'value', 'wanted', ''], this.#rows);
  }
}
