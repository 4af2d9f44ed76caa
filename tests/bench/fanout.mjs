// Deliveries to the readers of a room: what one costs when there is time, and how many there can be.
import { flaws, LastingCrowd } from './generator.mjs';
import { count, median, ms, percent, printDisturbance, printTable, record, tell } from './results.mjs';
import { kPeers } from './peers.mjs';
import { kParleyProtocols, startFloor, startGatheringFloor, startParley } from './servers.mjs';

// `calm` is a rate at which nothing has to wait: a write for each delivery fits into a core. `from`: where the search for
// the highest one begins. Messages a second.
export const kShapes = {
  1000: { title: '1 room of 1,000', rooms: 1, receivers: 1_000, senders: 10, calm: 100, from: 200 },
  5000: { title: '1 room of 5,000', rooms: 1, receivers: 5_000, senders: 10, calm: 20, from: 50 },
  rooms: { title: '1,000 rooms of 10', rooms: 1_000, receivers: 10_000, senders: 1_000, calm: 1_000, from: 2_000 },
};
const kP99MsMax = 100;
const kRateMax = 100_000; // messages a second: no search goes on beyond
const kSearchStep = 1.1; // how exact the highest rate is
const kSearchSeconds = 4;
const kGiveUpSeconds = 1; // of a latency: such a search's run is over

// Messages a second: the shape's rate, or what a slower server carries at ease.
const atEase = ({ server }, { rooms, receivers }, rate) =>
  Math.min(rate, (server.calmDeliveries ?? Infinity) * rooms / receivers);

const isCarried = (result) => flaws(result) === '' && result.delivery.p99_ms < kP99MsMax;
const cpuOf = (result, name) => result.processes[name]?.cpu_s / result.seconds;
const perFrontSecond = (server) => (result) => result.delivered / result.processes[server.front]?.cpu_s;

// A run that a crowd did not survive is one that the server did not carry.
const kFailed = {
  is_abandoned: true, delivered: 0, seconds: 1, delivery: { p99_ms: Infinity }, lateness: {}, processes: {},
};

async function runAt({ server, protocol, crowd }, shape, rate, seconds, more = {}) {
  const command = { do: 'run', rate: Math.round(rate), seconds, ...more };
  const where = `${server.name}, ${protocol}, ${shape.title}, ${count(rate)}/s`;
  let result;
  try {
    result = await crowd.tell(command);
  } catch (error) {
    tell(`${where}: ${error.message}`);
    return kFailed;
  }
  await record('fanout', server, { protocol, ...crowd.people, ...command }, result);
  tell(`${where}: ${count(perFrontSecond(server)(result))} a CPU second, ` +
    `p99 ${ms(result.delivery.p99_ms)}, generator late by ${ms(result.lateness.p99_ms)} (p99)` +
    `, front ${percent(cpuOf(result, server.front))}, generator ${percent(result.generator_cpu_s / result.seconds)}` +
    `, others ${percent(result.others_cpu_s / result.seconds)}${flaws(result) && `: ${flaws(result)}`}`);
  return result;
}

// All subjects in turn, so often: what disturbs the machine for a while disturbs them all.
async function inTurn(subjects, shape, rateOf, { runs, seconds }) {
  const results = new Map(subjects.map((subject) => [subject, []]));
  for (let index = 0; index < runs; ++index) {
    for (const subject of subjects) {
      const rate = rateOf(subject);
      if (rate > 0) results.get(subject).push(await runAt(subject, shape, rate, seconds));
    }
  }
  return results;
}

// A rate that is not carried gets a second chance: one disturbance must not end a search.
async function isCarriedAt(subject, shape, rate, seconds) {
  const attempt = () => runAt(subject, shape, rate, seconds, { give_up_seconds: kGiveUpSeconds });
  return isCarried(await attempt()) || isCarried(await attempt());
}

// The highest rate that is carried: doubles until one is not, then halves the distance. 0 when even the least is not.
async function search(subject, shape, seconds) {
  let low = 0;
  let high = Infinity;
  let rate = atEase(subject, shape, shape.from);
  while (rate >= 1 && rate <= kRateMax && high / low > kSearchStep) {
    if (await isCarriedAt(subject, shape, rate, seconds)) low = rate;
    else high = rate;
    if (low === 0) rate = high / 2;
    else rate = high === Infinity ? low * 2 : Math.sqrt(low * high);
  }
  return low;
}

// What a short search found must be carried in most of the longer runs; else a tenth less is tried. {rate, results}.
async function highest(subject, shape, options) {
  let rate = await search(subject, shape, Math.min(options.seconds, kSearchSeconds));
  for (; rate >= 1; rate /= kSearchStep) {
    const results = (await inTurn([subject], shape, () => rate, options)).get(subject);
    if (results.filter(isCarried).length * 2 > results.length) return { rate, results };
  }
  return { rate: 0, results: [] };
}

const nameOf = ({ server, protocol }) => (server.protocols.length > 1 ? `${server.name}, ${protocol}` : server.name);
const worst = (results) => results.map(flaws).find((text) => text !== '') ?? '0';

function calmRow(subject, results, shape) {
  const of = (value) => median(results.map(value));
  const { server } = subject;
  const rate = atEase(subject, shape, shape.calm);
  return [
    nameOf(subject) + (rate < shape.calm ? ` (${count(rate)}/s)` : ''), count(of(perFrontSecond(server))),
    ms(of(({ delivery }) => delivery.p50_ms)), ms(of(({ delivery }) => delivery.p99_ms)), ms(of(({ delivery }) => delivery.p999_ms)),
    ms(results[0].answer?.count > 0 ? of(({ answer }) => answer.p99_ms) : NaN), percent(of((result) => cpuOf(result, server.front))),
    percent(of((result) => cpuOf(result, 'backend'))), percent(of((result) => cpuOf(result, 'postgres'))), worst(results),
  ];
}

function highestRow(subject, { rate, results }, half) {
  if (rate === 0) return [nameOf(subject), 'none', ...Array(10).fill('–')];
  const of = (value) => median(results.map(value));
  const ofHalf = (value) => median(half.map(value));
  const { server } = subject;
  return [
    nameOf(subject), count(rate), count(of((result) => result.delivered / result.seconds)), count(of(perFrontSecond(server))),
    ms(of(({ delivery }) => delivery.p99_ms)), percent(of((result) => cpuOf(result, server.front))),
    percent(of((result) => cpuOf(result, 'backend'))), percent(of((result) => cpuOf(result, 'postgres'))),
    percent(of((result) => result.generator_cpu_s / result.seconds)),
    ms(ofHalf(({ delivery }) => delivery.p99_ms)), ms(ofHalf(({ delivery }) => delivery.p999_ms)), worst([...results, ...half]),
  ];
}

async function measureShape(shape, servers, options) {
  const { rooms, receivers, senders } = shape;
  const subjects = servers.map(({ server, protocol }) => (
    { server, protocol, crowd: new LastingCrowd(server, { protocol, rooms, receivers, senders }) }));
  try {
    await measureSubjects(shape, subjects, options);
  } finally {
    for (const { crowd } of subjects) await crowd.end();
  }
}

async function measureSubjects(shape, subjects, options) {
  const calm = await inTurn(subjects, shape, (subject) => atEase(subject, shape, shape.calm), options);
  printTable(`${shape.title}, ${shape.senders} senders, 100-byte texts, ${count(shape.calm)} messages/s`, [
    'server', 'deliveries a front CPU second', 'p50', 'p99', 'p99.9', 'ack p99', 'front', 'backend', 'PostgreSQL', 'wrong',
  ], subjects.map((subject) => calmRow(subject, calm.get(subject), shape)));
  const all = [...calm.values()].flat();
  if (!options.isCalmOnly) {
    const best = new Map();
    for (const subject of subjects) best.set(subject, await highest(subject, shape, options));
    const half = await inTurn(subjects, shape, (subject) => best.get(subject).rate / 2, options);
    printTable(`${shape.title}, highest rate without loss and with p99 below ${kP99MsMax} ms`, [
      'server', 'messages/s', 'deliveries/s', 'deliveries a front CPU second', 'p99', 'front', 'backend', 'PostgreSQL',
      'generator', 'p99 at half', 'p99.9 at half', 'wrong',
    ], subjects.map((subject) => highestRow(subject, best.get(subject), half.get(subject))));
    all.push(...[...best.values()].flatMap(({ results }) => results), ...[...half.values()].flat());
  }
  printDisturbance(all);
}

// options: runs, seconds, shapes (keys of kShapes), protocols, builds ([{name, build}]), isFloor, peers (keys of kPeers),
// isCalmOnly
export async function fanout(options) {
  const servers = [];
  try {
    for (const build of options.builds) servers.push(await startParley(build));
    if (options.isFloor) servers.push(await startFloor(), await startGatheringFloor());
    for (const peer of options.peers) servers.push(await kPeers[peer]());
    const subjects = servers.flatMap((server) => server.protocols
      .filter((protocol) => !kParleyProtocols.includes(protocol) || options.protocols.includes(protocol))
      .map((protocol) => ({ server, protocol })));
    for (const key of options.shapes) await measureShape(kShapes[key], subjects, options);
  } finally {
    for (const server of servers) await server.stop();
  }
}
