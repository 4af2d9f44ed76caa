// node tests/bench/run.mjs [PART]… [OPTION]…: `./dev bench` builds what it needs and runs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { pinSelf } from './cores.mjs';
import { fanout, kShapes } from './fanout.mjs';
import { flame } from './flame.mjs';
import { growth } from './growth.mjs';
import { idle } from './idle.mjs';
import { micro } from './micro.mjs';
import { kPeers } from './peers.mjs';
import { setBenchPriority } from './priority.mjs';
import { send } from './send.mjs';
import { kParleyProtocols } from './servers.mjs';
import { storm } from './storm.mjs';

const kPage = fileURLToPath(new URL('page/run.mjs', import.meta.url));

// The page has a program of its own.
async function page() {
  if (!existsSync(kPage)) return console.error('There is no benchmark of the page yet.');
  const child = spawn(process.execPath, [kPage], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('the benchmark of the page failed');
}

const kParts = { micro, fanout, send, idle, storm, growth, page };
const kOnDemand = { flame };
const kUsage = `Usage: ./dev bench [PART]… [OPTION]…: all parts, or those of
  fanout              deliveries to the readers of a room: their cost, the highest rate, p99 at half of it
  send                messages stored and acknowledged, beside what PostgreSQL itself stores
  idle                connections that say nothing: memory, processor time, and whether they slow senders
  storm               all connections of a gateway are cut at once and come back
  micro               the functions that every message passes through
  growth              a delivery by readers, a page of history by messages stored, a resumption by messages missed
  page                what the browser loads and draws
and, only when asked for:
  flame               where a gateway's processor time goes: build/bench/flame-gateway.svg (needs linux-perf)
Options:
  --seconds N         of a run (10)
  --runs N            of which the median is reported (3)
  --nice=N            of everything that is started, -20 to 19: below 0 on a machine that others use, as root (0)
  --build NAME=DIR    the servers of another build folder beside this one's; may be repeated
  --floor             fanout: also the least programs that broadcast, as the physical reference
  --peers LIST        fanout: also other servers: ${Object.keys(kPeers).join(', ')}, or all
  --calm              fanout: only what a delivery costs at a calm rate: no search for the highest one
  --shapes LIST       fanout: of ${Object.keys(kShapes).join(', ')} (all)
  --protocols LIST    fanout: of ${kParleyProtocols.join(', ')} (chat.v1.proto)
  --connections N     idle: fewer than the limits of the machine allow
  --long              growth: up to ten million messages stored
Each run is a line in build/bench/results.jsonl.`;

function refuse(text) {
  console.error(`${text}\n${kUsage}`);
  process.exit(2);
}

function atLeastOne(name, text) {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : refuse(`--${name} must be a whole number above 0, not ${text}`);
}

function listOf(name, text, allowed) {
  const words = text.split(',').filter(Boolean);
  const unknown = words.filter((word) => !allowed.includes(word));
  return unknown.length === 0 ? words : refuse(`--${name}: there is no ${unknown.join(', ')}`);
}

function buildOf(text) {
  const [name, folder] = text.split('=');
  return folder ? { name: `parley ${name}`, build: resolve(folder) } : refuse(`--build: ${text} is not NAME=DIR`);
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '10' },
        runs: { type: 'string', default: '3' },
        peers: { type: 'string', default: '' },
        connections: { type: 'string', default: '0' },
        long: { type: 'boolean', default: false },
        floor: { type: 'boolean', default: false },
        calm: { type: 'boolean', default: false },
        shapes: { type: 'string', default: Object.keys(kShapes).join(',') },
        protocols: { type: 'string', default: 'chat.v1.proto' },
        build: { type: 'string', multiple: true, default: [] },
        nice: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(error.message);
  }
}

const { values, positionals } = parse();
if (values.help) {
  console.log(kUsage);
  process.exit(0);
}
const parts = positionals.length > 0 ? positionals : Object.keys(kParts);
const all = { ...kParts, ...kOnDemand };
const unknown = parts.filter((part) => !(part in all));
if (unknown.length > 0) refuse(`there is no part ${unknown.join(', ')}`);
const options = {
  seconds: atLeastOne('seconds', values.seconds),
  runs: atLeastOne('runs', values.runs),
  isFloor: values.floor,
  peers: values.peers === 'all' ? Object.keys(kPeers) : listOf('peers', values.peers, Object.keys(kPeers)),
  connections: values.connections === '0' ? 0 : atLeastOne('connections', values.connections),
  isLong: values.long,
  isCalmOnly: values.calm,
  shapes: listOf('shapes', values.shapes, Object.keys(kShapes)),
  protocols: listOf('protocols', values.protocols, kParleyProtocols),
  builds: [{ name: 'parley' }, ...values.build.map(buildOf)],
};
await pinSelf();
if (values.nice !== '0') setBenchPriority(Number(values.nice));
for (const part of parts) await all[part](options);
process.exit(0);
