// node tests/bench/page/run.mjs [FIGURE]… [--runs N]: what the page costs whoever opens it, in this machine's
// Chromium, against a system of its own. It needs the servers, the page and tests/'s npm packages (`./dev build` and
// `./dev test` make them). On a machine that others use, put `chrt --rr 1` before it, as root: their work then waits.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { median } from '../results.mjs';
import { bytesOf, kFirstVisitBytesMax, loadedFiles } from '../../support/page_size.mjs';
import { startSystem } from '../../support/system.mjs';
import { openTab, withBrowser } from './browser.mjs';
import { measureVisits } from './first.mjs';
import { kCategories, kForms, measureLighthouse } from './lighthouse.mjs';
import { measureMemory } from './memory.mjs';
import { measureRate } from './rate.mjs';
import { Report } from './report.mjs';
import { seedRoom } from './room.mjs';

const kUsage = `Usage: node tests/bench/page/run.mjs [size|first|rate|memory|lighthouse]… [--runs N] [--messages M]
  size        bytes that the first visit loads
  first       ms until the first of 100 messages is painted: empty cache, and a second visit; beside it the least page
              that shows them
  rate        200 messages/s: frames a second, and the main thread's work in each
  memory      what the page holds while --messages come (100,000)
  lighthouse  scores, as a phone and as a desktop
  --runs      of first (11), rate (3) and lighthouse (3), of which the median is reported
Without a figure: all. Each is a line in build/bench/results.jsonl.`;

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string' }, messages: { type: 'string', default: '100000' }, help: { type: 'boolean' } },
    });
  } catch (error) {
    return { values: { help: true }, positionals: [], problem: error.message };
  }
}

const { values, positionals, problem } = parse();
const here = dirname(fileURLToPath(import.meta.url));
const report = new Report();
const roomAddress = (system, room) => `http://localhost:${system.gateways[0].port}/r/${room}`;
const tell = (text) => console.error(`    ${text}`);

async function repeat(count, name, measure) {
  const results = [];
  for (let run = 1; run <= count; ++run) {
    tell(`${name}, ${run} of ${count}`);
    results.push(await measure());
  }
  return results;
}

const kFigures = {
  async size(system) {
    const address = roomAddress(system, 'size');
    const files = await withBrowser(async (context) => loadedFiles(await openTab(context), address));
    for (const { path, coding, body_bytes } of files) tell(`${path}, ${coding || 'as it is'}: ${body_bytes} bytes`);
    await report.add('loaded by the first visit', bytesOf(files), 'bytes', { most: kFirstVisitBytesMax }, {}, files);
  },

  async first(system, runs = 11) {
    await seedRoom(system, 'history', 100);
    const bare = await system.addGateway({ site_dir: join(here, 'bare') });
    const pages = [['first message', system.gateways[0], {}], ['the bare page', bare, null]];
    // In turn, so that what disturbs the machine for a while disturbs both.
    const visits = await repeat(runs, 'first message', async () => {
      const both = [];
      for (const [, gateway] of pages) both.push(await measureVisits(`http://localhost:${gateway.port}/r/history`));
      return both;
    });
    for (const [visit, words, most] of [['first', 'empty cache', 300], ['second', 'second visit', 150]]) {
      for (const [index, [name, , limit]] of pages.entries()) {
        const steps = visits.map((pair) => pair[index][visit]);
        const times = steps.map(({ painted_ms }) => Math.round(painted_ms));
        const wanted = limit === null ? {} : { most };
        await report.add(`${name}, ${words}`, median(times), 'ms', wanted, { runs }, { times, steps });
      }
    }
  },

  async rate(system, runs = 3) {
    await seedRoom(system, 'busy', 100);
    const options = { runs, perSecond: 200, seconds: 10 };
    const results = await repeat(runs, '200 messages/s', () => measureRate(system, 'busy', options));
    const of = (name) => median(results.map((result) => result[name]));
    await report.add('200 messages/s: shown', of('shown_per_second'), 'a second', { least: 199 }, options, results);
    await report.add('200 messages/s: frames', of('frames_per_second'), 'a second', { least: 59 }, options, results);
    await report.add('200 messages/s: CPU of the main thread a frame', of('cpu_ms_median'), 'ms', { most: 4 }, options, results);
  },

  async memory(system) {
    await seedRoom(system, 'long', 100);
    const total = Number(values.messages);
    const samples = await measureMemory(system, 'long', { total });
    console.error(samples.map((sample) => `    ${JSON.stringify(sample)}`).join('\n'));
    // The first fifth warms up. What is in the page goes up and down with each exchange of rows: the most of it
    // counts.
    const most = (key, begin, end) =>
      Math.max(...samples.slice(begin * samples.length, end * samples.length).map((sample) => sample[key]));
    for (const [name, key] of [['JavaScript', 'js_bytes'], ['WebAssembly', 'wasm_bytes'], ['DOM nodes', 'nodes']]) {
      const [early, late] = [most(key, 0.2, 0.6), most(key, 0.6, 1)];
      const growth = (100 * (late - early)) / early;
      const figure = `${name}, growth from the first to the second half of ${total} messages`;
      await report.add(figure, growth, '%', { most: 5 }, { total }, samples);
    }
  },

  async lighthouse(system, runs = 3) {
    await seedRoom(system, 'lighthouse', 100);
    const address = roomAddress(system, 'lighthouse');
    for (const form of kForms) {
      const results = await repeat(runs, `Lighthouse, ${form}`, () => measureLighthouse(address, form));
      for (const { short } of results) if (short.length > 0) tell(`below the full score: ${short.join(', ')}`);
      for (const category of kCategories) {
        const score = median(results.map(({ scores }) => scores[category]));
        await report.add(`Lighthouse ${form}: ${category}`, score, 'of 100', { least: 100 }, { runs }, results);
      }
    }
  },
};

const figures = positionals.length > 0 ? positionals : Object.keys(kFigures);
const isKnown = figures.every((figure) => figure in kFigures);
const runs = values.runs === undefined ? undefined : Number(values.runs);
const isCount = (number) => number === undefined || (Number.isInteger(number) && number > 0);
if (values.help || !isKnown || !isCount(runs) || !isCount(Number(values.messages))) {
  if (problem) console.error(problem);
  console.error(kUsage);
  process.exit(values.help && !problem ? 0 : 2);
}
const system = await startSystem({ site: true });
try {
  for (const figure of figures) await kFigures[figure](system, runs);
} finally {
  await system.stop();
}
report.print();
process.exit(0);
