// Where a gateway's processor time goes while it writes to a large room: a flame graph (Brendan Gregg, "The Flame
// Graph", CACM 2016), by Linux' perf.
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { LastingCrowd } from './generator.mjs';
import { percent, resultsFolder, tell } from './results.mjs';
import { startParley } from './servers.mjs';

const run = promisify(execFile);
const kPeople = { protocol: 'chat.v1.proto', rooms: 1, receivers: 1_000, senders: 10 };
const kRate = 1_000; // messages a second
const kSeconds = 12;
const kRecordSeconds = 4; // in the middle of them
const kSamplesPerSecond = 997;

const kWidth = 1_200;
const kRowHeight = 16;
const kLeast = 0.002; // of all: a narrower box is left out, with what is above it

// Without arguments and template arguments: what a person would call it.
export function shortName(symbol) {
  let text = symbol.replace(/\(anonymous namespace\)::/g, '').replace(/\s*\[clone[^\]]*\]/g, '');
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/<[^<>]*>/g, '').replace(/\([^()]*\)/g, '');
  }
  return text.replace(/\b(const|virtual thunk to|non-)\b/g, '').replace(/\{lambda\}#?\d*/g, 'lambda').replace(/\s+/g, ' ').trim() || symbol;
}

// The output of `perf script -F comm,ip,sym`: each sample's frames, innermost first. -> a tree {name, count, children}.
export function treeOf(script) {
  const root = { name: 'all', count: 0, children: new Map() };
  for (const sample of script.split('\n\n')) {
    const [comm, ...lines] = sample.split('\n').filter((line) => line.trim() !== '');
    if (comm === undefined) continue;
    const frames = lines.map((line) => shortName(line.trim().replace(/^[0-9a-f]+ /, ''))).filter((name) => name !== '[unknown]');
    let node = root;
    ++node.count;
    for (const name of [comm.trim().split(/\s+/)[0], ...frames.reverse()]) {
      if (!node.children.has(name)) node.children.set(name, { name, count: 0, children: new Map() });
      node = node.children.get(name);
      ++node.count;
    }
  }
  return root;
}

const escape = (text) => text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);

function colorOf(name, depth) {
  const hue = name.startsWith('parley::') ? 205 : name.includes('::') ? 130 : 30;
  return `hsl(${hue} 65% ${62 + (depth % 2) * 7}%)`;
}

// The text of an SVG: the callers below, each box as wide as its share.
export function drawFlame(root, title) {
  const boxes = [];
  let deepest = 0;
  const place = (node, x, depth) => {
    const share = node.count / root.count;
    if (share < kLeast) return;
    deepest = Math.max(deepest, depth);
    boxes.push({ node, x, depth, width: share * kWidth, share });
    let childX = x;
    for (const child of [...node.children.values()].sort((a, b) => a.name.localeCompare(b.name))) {
      place(child, childX, depth + 1);
      childX += (child.count / root.count) * kWidth;
    }
  };
  place(root, 0, 0);
  const height = (deepest + 3) * kRowHeight;
  const parts = boxes.map(({ node, x, depth, width, share }) => {
    const y = height - (depth + 1) * kRowHeight;
    const letters = Math.floor(width / 6.2);
    const label = letters < 4 ? '' : node.name.length <= letters ? node.name : `${node.name.slice(0, letters - 1)}…`;
    return `<g><title>${escape(node.name)} ${(100 * share).toFixed(1)} %</title>` +
      `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.4).toFixed(1)}" height="${kRowHeight - 1}" fill="${colorOf(node.name, depth)}"/>` +
      (label && `<text x="${(x + 3).toFixed(1)}" y="${y + 11}">${escape(label)}</text>`) + '</g>';
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${kWidth} ${height}" font-family="monospace" font-size="10">\n` +
    `<rect width="${kWidth}" height="${height}" fill="#fff"/><text x="4" y="14" font-size="13">${escape(title)}</text>\n${parts.join('\n')}\n</svg>\n`;
}

// options: builds
export async function flame(options) {
  await run('perf', ['--version']).catch(() => {
    throw new Error('perf is not there: install the package linux-perf');
  });
  const server = await startParley(options.builds[0]);
  const crowd = new LastingCrowd(server, kPeople);
  const data = join(resultsFolder, 'perf.data');
  try {
    await crowd.tell({ do: 'run', rate: kRate, seconds: 1 });
    const running = crowd.tell({ do: 'run', rate: kRate, seconds: kSeconds });
    await run('perf', ['record', '-q', '-e', 'cpu-clock', '-F', String(kSamplesPerSecond), '--call-graph', 'dwarf,16384', '-o', data,
      '-p', String(server.watch.gateway), '--', 'sleep', String(kRecordSeconds)]);
    const result = await running;
    const { stdout } = await run('perf', ['script', '-i', data, '-F', 'comm,ip,sym'], { maxBuffer: 1 << 30 });
    const root = treeOf(stdout);
    await mkdir(resultsFolder, { recursive: true });
    const file = join(resultsFolder, 'flame-gateway.svg');
    await writeFile(file, drawFlame(root, `Gateway, a room of 1,000, ${kRate} messages/s: ${root.count} samples`));
    tell(`${file}: ${root.count} samples, gateway on ${percent(result.processes.gateway.cpu_s / result.seconds)} of a core`);
  } finally {
    await rm(data, { force: true });
    await crowd.end();
    await server.stop();
  }
}
