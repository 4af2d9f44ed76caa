// node tests/bench/run.mjs [PART]… [OPTION]…: `./dev bench` builds what it needs and runs it.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { pinSelf } from './cores.mjs';
import { fanout, kShapes } from './fanout.mjs';
import { setBenchPriority } from './priority.mjs';

const kParts = { fanout };
const kUsage = `Usage: ./dev bench [fanout] [OPTION]…
  --seconds N         of a run (10)
  --runs N            of which the median is reported (3)
  --floor             also the least programs that broadcast, as the physical reference
  --calm              only what a delivery costs at a calm rate: no search for the highest one
  --shapes LIST       of ${Object.keys(kShapes).join(', ')} (all)
  --protocols LIST    of chat.v1.proto, chat.v1.json, tutorial (chat.v1.proto)
  --build NAME=DIR    the servers of another build folder beside this one's; may be repeated
  --nice N            of everything that is started, -20 to 19: below 0 on a machine that others use, as root (0)
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
  const words = text.split(',');
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
const unknown = parts.filter((part) => !(part in kParts));
if (unknown.length > 0) refuse(`there is no part ${unknown.join(', ')}`);
const options = {
  seconds: atLeastOne('seconds', values.seconds),
  runs: atLeastOne('runs', values.runs),
  isFloor: values.floor,
  isCalmOnly: values.calm,
  shapes: listOf('shapes', values.shapes, Object.keys(kShapes)),
  protocols: listOf('protocols', values.protocols, ['chat.v1.proto', 'chat.v1.json', 'tutorial']),
  builds: [{ name: 'parley' }, ...values.build.map(buildOf)],
};
await pinSelf();
if (values.nice !== '0') setBenchPriority(Number(values.nice));
for (const part of parts) await kParts[part](options);
process.exit(0);
