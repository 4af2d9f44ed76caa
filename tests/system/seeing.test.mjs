// What an operator sees: the metrics count what happened, a request's id is in the logs of both servers, levels change
// at run time, and what is written about all of it names what there is.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { adminGet, adminUrl, logLines, scrape } from '../support/admin.mjs';
import { JsonSocket, ProtoSocket } from '../support/chat_sockets.mjs';
import { currentBackend, freePort, startSystem, until } from '../support/system.mjs';

const run = promisify(execFile);
const kReaders = 3;
const kMessages = 10;
const kTraceId = '0af7651916cd43dd8448eb211c80319c';
const kTraceparent = `00-${kTraceId}-b7ad6b7169203331-01`;
const repository = new URL('../../', import.meta.url);

let system;
before(async () => {
  system = await startSystem({ backendOptions: { admin_port: 0 }, gatewayOptions: { admin_port: 0 } });
});
after(() => system?.stop());

const unitOf = (name) => readFile(new URL(`deploy/systemd/parley-${name}.service`, repository), 'utf8');

const setLevels = async (server, levels, headers = {}) =>
  fetch(`${await adminUrl(server)}/log-levels`, { method: 'POST', body: JSON.stringify(levels), headers });

// Runs promtool; what it says about `input`.
async function promtool(words, input) {
  const child = spawn('promtool', words, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  child.stdin?.end(input);
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { status, said };
}

test('the numbers are those of what happened', async () => {
  const [gateway] = system.gateways;
  const [backend] = system.backends;
  const sockets = [];
  for (let index = 0; index < kReaders; ++index) {
    const format = index === 0 ? ProtoSocket : JsonSocket;
    const socket = await format.connect(gateway, `?room=counted&author_id=reader-${index}`);
    await socket.subscribe('counted');
    sockets.push(socket);
  }
  const [writer] = sockets;
  const before = { gateway: await scrape(gateway), backend: await scrape(backend) };
  for (let index = 0; index < kMessages; ++index) {
    assert.ok((await writer.sendMessage('counted', `body ${index}`, `counted-${index}`)).send_message);
  }
  assert.ok((await writer.sendMessage('counted', 'body 0', 'counted-0')).send_message, 'a repeat is answered');
  assert.equal((await writer.sendMessage('counted', '', 'empty')).error.reason, 'BODY_EMPTY');
  for (const socket of sockets) await socket.untilPushed('counted', kMessages);

  const after = { gateway: await scrape(gateway), backend: await scrape(backend) };
  const grown = (server, name, labels) => after[server].value(name, labels) - before[server].value(name, labels);
  assert.equal(after.gateway.value('parley_gateway_connections'), kReaders);
  assert.equal(after.gateway.value('parley_gateway_connections_opened_total'), kReaders);
  assert.equal(after.gateway.value('parley_gateway_ready'), 1);
  assert.equal(grown('gateway', 'parley_gateway_messages_total'), kMessages + 1);
  assert.equal(grown('gateway', 'parley_gateway_events_total') >= kMessages, true);
  assert.equal(grown('gateway', 'parley_gateway_deliveries_total'), kMessages * kReaders);
  assert.equal(grown('gateway', 'parley_gateway_delivery_latency_seconds_count'), kMessages * kReaders);
  assert.equal(grown('gateway', 'parley_gateway_command_duration_seconds_count', { route: 'send_message' }), kMessages + 2);
  assert.equal(after.gateway.value('parley_gateway_command_duration_seconds_count', { route: 'subscribe' }), kReaders);
  assert.equal(grown('gateway', 'parley_gateway_command_errors_total', { reason: 'BODY_EMPTY' }), 1);
  assert.equal(grown('gateway', 'parley_gateway_command_errors_total'), 1);
  assert.equal(grown('backend', 'parley_backend_messages_total'), kMessages);
  assert.equal(grown('backend', 'parley_backend_repeated_messages_total'), 1);
  assert.equal(grown('backend', 'parley_backend_request_duration_seconds_count', { method: 'SendMessages' }), kMessages + 2);
  assert.equal(grown('backend', 'parley_backend_group_commit_messages_sum'), kMessages + 1);
  assert.equal(after.backend.value('parley_backend_resumes_total'), kReaders);
  // A repeat is found by the database's refusal of it.
  for (const kind of ['connection', 'in_doubt', 'retry', 'read_only', 'busy', 'other']) {
    assert.equal(after.backend.value('parley_backend_database_failures_total', { kind }), 0, kind);
  }
  // A message takes less than the sum of all that it waits for could.
  const mean = grown('gateway', 'parley_gateway_delivery_latency_seconds_sum') / (kMessages * kReaders);
  assert.ok(mean > 0 && mean < 5, `a delivery took ${mean} s`);

  for (const socket of sockets) await socket.close();
  await until('the sockets to be counted out', async () => (await scrape(gateway)).value('parley_gateway_connections') === 0);
  assert.equal((await scrape(gateway)).value('parley_gateway_connections_closed_total', { code: '1000' }), kReaders);
});

test('a refusal is counted by its reason', async () => {
  const [gateway] = system.gateways;
  await assert.rejects(JsonSocket.connect(gateway, '?room=No%20Such'), { status: 400 });
  await assert.rejects(JsonSocket.connect(gateway, '?room=a', { origin: 'http://evil.example' }), { status: 403 });
  const { value } = await scrape(gateway);
  assert.equal(value('parley_gateway_refusals_total', { reason: 'ROOM_NAME_INVALID' }), 1);
  assert.equal(value('parley_gateway_refusals_total', { reason: 'ORIGIN_NOT_ALLOWED' }), 1);
  assert.equal(value('parley_gateway_refusals_total'), 2);
});

test('levels change at run time, and only from here', async () => {
  const [backend] = system.backends;
  const levels = await (await adminGet(backend, '/log-levels')).json();
  assert.equal(levels['chat-backend'], 'info');
  assert.equal(levels['chat-backend.database'], 'info');
  assert.equal((await setLevels(backend, { 'chat-backend.database': 'debug' }, { origin: 'http://evil.example' })).status, 403);
  assert.equal((await setLevels(backend, { 'chat-backend.database': 'loud' })).status, 400);
  const changed = await setLevels(backend, { 'chat-backend.database': 'debug' });
  assert.deepEqual(await changed.json(), { ...levels, 'chat-backend.database': 'debug' });
  await until('the first line at the new level', async () =>
    (await logLines(backend)).some(({ component, level }) => component === 'chat-backend.database' && level === 'debug'));
});

test('one request is found in the logs of both servers, down to the database', async () => {
  const [gateway] = system.gateways;
  const [backend] = system.backends;
  await setLevels(gateway, { 'chat-gateway': 'debug' });
  await setLevels(backend, { 'chat-backend': 'debug' });
  const secret = 'a text that is nobody else\'s';
  const lineOf = (server, event, wanted) => until(`${server.name} to log ${event} ${JSON.stringify(wanted)}`, async () =>
    (await logLines(server)).find((line) => line.event === event && Object.entries(wanted).every(([key, value]) => line[key] === value)));

  // A trace of the command's own.
  const socket = await JsonSocket.connect(gateway, '?room=traced&author_id=ann');
  await socket.command('send_message', { room: 'traced', body: secret, traceparent: kTraceparent }, 'traced-1');
  const ended = await lineOf(gateway, 'command_ended', { request_id: 'traced-1' });
  assert.equal(ended.trace_id, kTraceId);
  assert.equal(ended.operation, 'send_message');
  const stored = await lineOf(backend, 'database_request', { request_id: 'traced-1' });
  assert.equal(stored.trace_id, kTraceId);
  assert.equal(stored.span_id, ended.span_id);
  assert.notEqual(stored.span_id, 'b7ad6b7169203331');
  assert.equal((await system.query(`select count(*) from pg_stat_activity where pid = ${stored.database_pid}`))[0][0], '1');
  await lineOf(backend, 'request_ended', { trace_id: kTraceId, operation: 'SendMessages' });

  // The upgrade's trace, for the commands without one; a unary call carries it too.
  const other = 'c'.repeat(32);
  const traced = await ProtoSocket.connect(gateway, '?room=traced&author_id=bob', { headers: { traceparent: `00-${other}-b7ad6b7169203331-01` } });
  await lineOf(backend, 'database_request', { trace_id: other, operation: 'Connect' });
  await traced.command('get_messages', { room: 'traced' }, 'traced-2');
  const read = await lineOf(gateway, 'command_ended', { request_id: 'traced-2' });
  assert.equal(read.trace_id, other);
  await lineOf(backend, 'database_request', { trace_id: other, span_id: read.span_id, operation: 'GetMessages' });
  await traced.subscribe('traced');
  await lineOf(backend, 'database_request', { trace_id: other, operation: 'Resume' });

  // Nobody gave one: the connection has its own.
  await socket.command('get_messages', { room: 'traced' }, 'traced-3');
  const own = await lineOf(gateway, 'command_ended', { request_id: 'traced-3' });
  assert.match(own.trace_id, /^[0-9a-f]{32}$/);
  await lineOf(backend, 'request_ended', { trace_id: own.trace_id, span_id: own.span_id });
  assert.equal((await system.query(`select count(*) from messages where request_id = 'traced-1'`))[0][0], '1');

  for (const server of [gateway, backend]) {
    assert.ok(!(await server.log()).includes(secret), `${server.name} logs what people write`);
  }
  await setLevels(gateway, { 'chat-gateway': 'info' });
  await setLevels(backend, { 'chat-backend': 'info' });
  for (const open of [socket, traced]) await open.close();
});

test('the password of the database is in no line of a backend, whatever is wrong with it', async () => {
  const password = 'hunter2-and-more';
  const port = await freePort();
  // Speaks something else than PostgreSQL.
  const stranger = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')));
  await new Promise((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const cases = {
    unreachable: [`postgresql://parley:${password}@127.0.0.1:${port}/parley`, /Connection refused/],
    strange: [`postgresql://parley:${password}@127.0.0.1:${stranger.address().port}/parley`, /invalid response to/],
    malformed: [`postgresql://parley:${password}%zz@127.0.0.1:${port}/parley`, /database_url is not/],
    misspelt: [`postgres//parley:${password}@127.0.0.1:${port}/parley`, /database_url is not/],
    split: [`postgresql://parley:${password}@more@127.0.0.1:${port}/parley`, /database_url is not/],
    unknown: [`${system.databaseUrl}&password=${password}&dbname=nowhere-at-all`, /does not exist/],
    right: [`${system.databaseUrl}&password=${password}`, /"event":"listening"/],
  };
  try {
    for (const [name, [url, expected]] of Object.entries(cases)) {
      const child = spawn(currentBackend, [`--database_url=${url}`, '--log_level=debug', '--grpc_port=0'], { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
      const ended = new Promise((resolve) => child.once('close', resolve));
      try {
        await until(`the backend with the ${name} database to say ${expected}`, () => expected.test(said));
      } finally {
        child.kill('SIGTERM');
        await ended;
      }
      assert.ok(!said.includes('hunter2'), `${name}: ${said}`);
    }
  } finally {
    stranger.close();
  }
});

test('what is written names what there is', async () => {
  const families = new Set();
  for (const server of [...system.gateways, ...system.backends]) {
    for (const family of (await scrape(server)).families) families.add(family);
  }
  const read = (path) => readFile(new URL(path, repository), 'utf8');
  const documented = new Set([...(await read('docs/operations/metrics.md')).matchAll(/^\| `((?:parley|process)_[a-z_]+)`/gm)].map(([, name]) => name));
  assert.deepEqual([...families].filter((name) => !documented.has(name)), [], 'metrics without a meaning');
  assert.deepEqual([...documented].filter((name) => !families.has(name)), [], 'meanings without a metric');

  const alerts = await read('deploy/monitoring/alerts.yml');
  const dashboard = await read('deploy/monitoring/dashboards/parley.json');
  for (const [where, text] of [['the alerts', alerts], ['the dashboard', dashboard]]) {
    const used = [...text.matchAll(/\bparley_(?:gateway|backend|build)_[a-z_]+\b/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
    assert.ok(used.length > 5, where);
    assert.deepEqual([...new Set(used)].filter((name) => !families.has(name)), [], `${where} ask for what there is not`);
  }
  // Each panel of the dashboard that draws something asks the data source of the profile for some of it.
  const { panels } = JSON.parse(dashboard);
  const source = /uid: ([\w-]+)/.exec(await read('deploy/monitoring/grafana/datasource.yml'))[1];
  assert.ok(panels.length > 5);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const panel of panels.filter(({ type }) => type !== 'row')) {
    assert.ok(panel.title.length > 0 && panel.targets.length > 0, panel.title);
    for (const { expr, datasource } of panel.targets) {
      assert.equal((datasource ?? panel.datasource).uid, source, panel.title);
      assert.match(expr, /\b(parley|process)_[a-z_]+|\bup\b/, panel.title);
    }
  }
  const runbook = await read('docs/operations/alerts.md');
  // promtool sees each of them come, and sees that it does not always.
  const expected = (await read('deploy/monitoring/alerts_test.yml')).split('alertname: ').slice(1)
    .map((text) => /^(\w+),?\s+exp_alerts:( \[\])?/.exec(text)).map(([, name, silent]) => `${name} ${silent ? 'is silent' : 'comes'}`);
  for (const [, name] of alerts.matchAll(/^ *- alert: (\w+)/gm)) {
    assert.ok(runbook.includes(`\n## ${name}\n`), `nothing says what to do about ${name}`);
    for (const what of ['comes', 'is silent']) assert.ok(expected.includes(`${name} ${what}`), `no test that ${name} ${what}`);
  }
});

test('Prometheus takes all of it', async () => {
  for (const server of [...system.gateways, ...system.backends]) {
    const { status, said } = await promtool(['check', 'metrics'], (await scrape(server)).text);
    assert.equal(status, 0, said);
  }
  const monitoring = new URL('deploy/monitoring/', repository).pathname;
  for (const words of [['check', 'config', '--syntax-only', `${monitoring}prometheus.yml`], ['check', 'rules', `${monitoring}alerts.yml`],
    ['test', 'rules', `${monitoring}alerts_test.yml`]]) {
    const { status, said } = await promtool(words);
    assert.equal(status, 0, said);
  }
});

test('Prometheus scrapes both servers and takes the rules, with the configuration of deploy/', async () => {
  const monitoring = new URL('deploy/monitoring/', repository);
  let configuration = await readFile(new URL('prometheus.yml', monitoring), 'utf8');
  // Where the servers are is Compose's to know, and 15 seconds are long for a test.
  for (const [name, [server]] of Object.entries({ gateway: system.gateways, backend: system.backends })) {
    const target = new URL(await adminUrl(server)).host;
    const before = configuration;
    configuration = configuration.replace(new RegExp(`dns_sd_configs: \\[\\{ names: \\[${name}\\].*\\]`), `static_configs: [{ targets: ["${target}"] }]`);
    assert.notEqual(configuration, before, name);
  }
  configuration = configuration.replaceAll('interval: 15s', 'interval: 1s');
  const folder = join(system.folder, 'prometheus');
  await mkdir(folder);
  await writeFile(join(folder, 'prometheus.yml'), configuration);
  await copyFile(new URL('alerts.yml', monitoring), join(folder, 'alerts.yml'));
  const port = await freePort();
  const child = spawn('prometheus', [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(child, 'spawn');
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const ask = async (query) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${query}`).then((response) => response.ok && response.json(), () => undefined);
    return answer?.data;
  };
  const upOf = async (job) => (await ask(`query?query=${encodeURIComponent(`up{job="${job}"}`)}`))?.result?.[0]?.value[1];
  try {
    for (const job of ['parley-gateway', 'parley-backend']) {
      await until(`Prometheus to have scraped ${job}: ${said}`, async () => (await upOf(job)) === '1');
    }
    // What the rules ask for is there, under the names that they ask for.
    assert.equal((await ask('query?query=parley_gateway_ready')).result[0].value[1], '1');
    assert.equal((await ask('query?query=max(parley_backend_ready)')).result[0].value[1], '1');
    const { groups } = await ask('rules');
    assert.ok(groups[0].rules.length > 10);
    await until('each rule to have been evaluated', async () => (await ask('rules')).groups[0].rules.every(({ health }) => health === 'ok'));
    assert.deepEqual((await ask('alerts')).alerts.filter(({ state }) => state === 'firing'), []);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});

test('systemd takes the units, and little is left for them to do', async () => {
  for (const name of ['backend', 'gateway']) {
    // The program need not be installed here.
    const unit = (await unitOf(name))
      .replace(`/usr/local/bin/chat-${name}`, process.execPath).replace(`/etc/parley/${name}.env`, '/dev/null');
    const file = join(system.folder, `parley-${name}.service`);
    await writeFile(file, unit);
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file]);
    assert.equal(stdout + stderr, '');
    await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', file]);
  }
});

test('what a unit needs to keep or to read, its user may', async () => {
  const values = (unit, key) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);
  const install = await readFile(new URL('docs/operations/install.md', repository), 'utf8');
  const gateway = await unitOf('gateway');
  // Whoever comes back after a restart is the same person: the keys of sessions lie where the unit's user may write, and
  // where systemd leaves them when the user is gone.
  const [state] = values(gateway, 'StateDirectory');
  assert.equal(values(gateway, 'StateDirectoryMode')[0], '0700');
  assert.ok(values(gateway, 'Environment').includes(`PARLEY_SESSION_KEY_FILE=%S/${state}/session.keys`));
  assert.ok(install.includes(`/var/lib/${state}/session.keys`));
  for (const name of ['backend', 'gateway']) {
    const [group] = values(await unitOf(name), 'SupplementaryGroups');
    assert.equal(group, `parley-${name}-files`);
    const settings = await readFile(new URL(`deploy/systemd/${name}.env`, repository), 'utf8');
    assert.ok(settings.includes(`group ${group}, mode 640`));
    // What is named there lies in the folder of that group; and what the shell makes of the loop is in the guide.
    for (const [, file] of settings.matchAll(/^#? ?PARLEY_\w+_FILE=(.*)$/gm)) assert.ok(file.startsWith(`/etc/parley/${name}/`), file);
  }
  assert.ok(install.includes('groupadd --force --system parley-$part-files'));
  assert.ok(install.includes('install -d -m 750 -g parley-$part-files /etc/parley/$part'));
});

test('a server without its database lives, and is not ready', async () => {
  const [gateway] = system.gateways;
  const [backend] = system.backends;
  const statuses = async (server) => Promise.all(['/livez', '/readyz'].map(async (path) => (await adminGet(server, path)).status));
  for (const server of [gateway, backend]) assert.deepEqual(await statuses(server), [200, 200]);
  await system.stopDatabase();
  try {
    for (const server of [backend, gateway]) {
      await until(`${server.name} not to be ready`, async () => (await statuses(server))[1] === 503);
      assert.deepEqual(await statuses(server), [200, 503]);
    }
    assert.equal((await scrape(backend)).value('parley_backend_ready'), 0);
    assert.equal((await scrape(gateway)).value('parley_gateway_ready'), 0);
  } finally {
    await system.startDatabase();
  }
  for (const server of [backend, gateway]) {
    await until(`${server.name} to be ready again`, async () => (await statuses(server))[1] === 200);
  }
  const { value } = await scrape(backend);
  assert.ok(value('parley_backend_database_connections_lost_total') > 0);
});
