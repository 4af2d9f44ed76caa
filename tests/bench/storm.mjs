// All connections of a gateway are cut at once, and each client comes back as the page does: web/model/backoff.h.
import { LastingCrowd } from './generator.mjs';
import { count, median, ms, percent, printDisturbance, printTable, record, tell } from './results.mjs';
import { startParley } from './servers.mjs';

const kSizes = [1_000, 5_000, 10_000];
const kPeopleOfARoom = 20;
const kLimitSeconds = 120;
const kLookMs = 100;

// The most database sessions that were seen at a time, beside the one that looks, while `work` went on: {most, result}.
async function watchingSessions(system, work) {
  let isOver = false;
  let most = 0;
  const look = async () => {
    while (!isOver) {
      const [[sessions]] = await system.query(`SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`);
      most = Math.max(most, Number(sessions));
      await new Promise((resolve) => setTimeout(resolve, kLookMs));
    }
  };
  const looking = look();
  try {
    return { result: await work(), most };
  } finally {
    isOver = true;
    await looking;
  }
}

async function measure(server, size, options) {
  const people = { protocol: 'chat.v1.proto', rooms: Math.ceil(size / kPeopleOfARoom), receivers: size, senders: 0 };
  const crowd = new LastingCrowd(server, people);
  const storms = [];
  try {
    await crowd.tell({ do: 'run', rate: 0, window: 0, seconds: 1 });
    for (let index = 0; index < options.runs; ++index) {
      const command = { do: 'storm', limit_seconds: kLimitSeconds };
      const { result, most } = await watchingSessions(server.system, () => crowd.tell(command));
      const storm = { ...result, sessions: most, seconds: result.all_live_s };
      await record('storm', server, { ...people, ...command }, storm);
      tell(`${server.name}, ${count(size)} clients: all live after ${storm.all_live_s.toFixed(2)} s, ${storm.failed} attempts failed${storm.last_refusal && ` (the last one: ${storm.last_refusal})`}, ` +
        `${most} sessions, others ${percent(storm.others_cpu_s / storm.seconds)}`);
      storms.push(storm);
      if (storm.not_live > 0) break;
    }
  } finally {
    await crowd.end();
  }
  const of = (value) => median(storms.map(value));
  return {
    row: [
      server.name, count(size), ms(of(({ live }) => live.p50_ms)), ms(of(({ live }) => live.p99_ms)),
      `${of((storm) => storm.all_live_s).toFixed(2)} s`, ms(of(({ handshake }) => handshake.p99_ms)), count(of(({ attempts }) => attempts)),
      count(of(({ failed }) => failed)), count(Math.max(...storms.map(({ sessions }) => sessions))),
      ...['gateway', 'backend', 'postgres'].map((name) => `${of(({ processes }) => processes[name].cpu_s).toFixed(1)} s`),
      count(Math.max(...storms.map((storm) => storm.not_live))),
    ],
    results: storms,
  };
}

// options: runs, builds
export async function storm(options) {
  const measured = [];
  for (const build of options.builds) {
    const server = await startParley(build);
    try {
      for (const size of kSizes) measured.push(await measure(server, size, options));
    } finally {
      await server.stop();
    }
  }
  printTable(`All clients of one gateway are cut at once and come back, in rooms of ${kPeopleOfARoom}`, [
    'server', 'clients', 'live again p50', 'p99', 'all', 'handshake p99', 'attempts', 'failed', 'database sessions, most', 'gateway CPU',
    'backend', 'PostgreSQL', 'not back',
  ], measured.map(({ row }) => row));
  printDisturbance(measured.flatMap(({ results }) => results));
}
