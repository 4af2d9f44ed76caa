// A running system of real processes on loopback: a PostgreSQL cluster, backends and gateways, in a folder of its own.
// Everything that it starts ends with stop(), and with this process at the latest.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, chmod } from 'node:fs/promises';
import { createWriteStream, existsSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../', import.meta.url));
const clusterCommand = join(repository, 'tests/support/postgres_cluster');
const certificatesCommand = join(repository, 'tests/support/certificates');
const natsCommand = join(repository, 'tests/support/nats_cluster');
export const buildFolder = process.env.PARLEY_BUILD ?? join(repository, 'build/release');
export const siteFolder = process.env.PARLEY_SITE ?? join(repository, 'build/site');

// The programs of this version.
export const currentBackend = join(buildFolder, 'backend/chat-backend');
export const currentGateway = join(buildFolder, 'gateway/chat-gateway');

const kPatienceMs = 20_000;

// Polls `condition` (it may be asynchronous) until it is true; throws, naming `what`, when that takes too long.
export async function until(what, condition, patienceMs = kPatienceMs) {
  const end = Date.now() + patienceMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// How the report of a sanitizer begins, in the programs that are built with one.
const kSanitizerReport = /(Thread|Address|Leak)Sanitizer|runtime error: /;

// One server program. It keeps its port over restarts.
export class Server {
  #child = null;
  #exit = null;
  #report = ''; // of a sanitizer

  // `settings`: as environment variables.
  constructor(name, program, options, folder, settings = {}) {
    this.settings = settings;
    this.name = name;
    this.program = program;
    this.options = options;
    this.portFile = join(folder, `${name}.port`);
    this.logFile = join(folder, `${name}.log`);
    this.port = 0;
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  // A command that runs the program, and becomes it.
  get prefix() {
    return [];
  }

  get pid() {
    return this.#child?.pid;
  }

  // What tells the program who it is for; programs of other versions pass over what they do not know in it.
  get environment() {
    return { ...process.env, ...this.settings };
  }

  // `portOption` is the program's own name for its port.
  async start(portOption = this.portOption) {
    this.portOption = portOption;
    await this.launch();
    await until(`${this.name} to be ready (see ${this.logFile})`, async () => {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended at its start:\n${await this.log()}`);
      return existsSync(this.portFile);
    });
    this.port = Number(await readFile(this.portFile, 'utf8'));
  }

  // Starts the program without waiting until it is ready.
  async launch() {
    await rm(this.portFile, { force: true });
    const options = { ...this.options, [this.portOption]: this.port, port_file: this.portFile };
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const [program, ...words] = [...this.prefix, this.program];
    const settings = Object.entries(options).map(([key, value]) => `--${key}=${value}`);
    this.#child = spawn(program, [...words, ...settings], {
      stdio: ['ignore', 'ignore', 'pipe'], env: this.environment,
    });
    this.#child.stderr.pipe(log);
    this.#child.stderr.on('data', (chunk) => {
      if (this.#report !== '' || kSanitizerReport.test(chunk)) this.#report += chunk;
    });
    const child = this.#child;
    this.#exit = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    running.add(child);
    this.#exit.then(() => running.delete(child));
  }

  signal(signal) {
    this.#child.kill(signal);
  }

  // Sends the signal and waits for the end: {code, signal}. Throws what a sanitizer has reported.
  async kill(signal = 'SIGKILL') {
    if (this.#child === null) return undefined;
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    const exit = await this.#exit;
    if (this.#report !== '') throw new Error(`${this.name}: ${this.#report}`);
    return exit;
  }

  async log() {
    return existsSync(this.logFile) ? readFile(this.logFile, 'utf8') : '';
  }
}

const running = new Set();
const clusters = new Set();

// The last resort, when a test was ended before it could clean up.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of clusters) {
    spawnSync(clusterCommand, ['kill', folder]);
    spawnSync(natsCommand, ['stop', natsFolder(folder)]);
    rmSync(folder, { recursive: true, force: true });
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const cluster = (action, folder, environment) =>
  run(clusterCommand, [action, folder], { env: { ...process.env, ...environment } });

const natsFolder = (folder) => join(folder, 'nats');

export class System {
  backends = [];
  gateways = [];

  // `clusterEnvironment`: for tests/support/postgres_cluster, beside this process's own.
  constructor(folder, databaseUrl, clusterEnvironment = {}) {
    this.folder = folder;
    this.databaseUrl = databaseUrl;
    this.clusterEnvironment = clusterEnvironment;
  }

  #cluster(action) {
    return cluster(action, this.folder, this.clusterEnvironment);
  }

  async addBackend(options = {}, program = currentBackend) {
    const backend = new Server(
      `backend-${this.backends.length + 1}`,
      program,
      { database_url: this.databaseUrl, ...options },
      this.folder,
    );
    this.backends.push(backend);
    await backend.start('grpc_port');
    return backend;
  }

  async addGateway(options = {}, program = currentGateway) {
    const gateway = new Server(
      `gateway-${this.gateways.length + 1}`,
      program,
      { backends: this.backends.map(({ address }) => address).join(','), ...options },
      this.folder,
      // Test clients name their authors in the address, so that they can check what becomes of whose message. Tests of
      // identity itself say `identity: 'open'`.
      { PARLEY_IDENTITY: 'claimed', PARLEY_SESSION_KEY_FILE: join(this.folder, 'session.keys') },
    );
    this.gateways.push(gateway);
    await gateway.start('port');
    await until(`${gateway.name} to be attached to a backend`, () => isReady(gateway.port));
    return gateway;
  }

  // PostgreSQL: ends as in a crash and starts again; `restartDatabase` cuts all sessions.
  async restartDatabase() {
    await this.#cluster('restart');
  }

  async stopDatabase() {
    await this.#cluster('stop');
  }

  async startDatabase() {
    await this.#cluster('start');
  }

  // Rows of a query, each an array of texts.
  async query(sql) {
    const { stdout } = await run('psql', ['-XAtq', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', this.databaseUrl, '-c', sql]);
    return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  async stop() {
    await Promise.all([...this.gateways, ...this.backends].map((server) => server.kill('SIGKILL')));
    await this.#cluster('kill');
    await run(natsCommand, ['stop', natsFolder(this.folder)]);
    clusters.delete(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }
}

// Makes each NAME.crt and NAME.key in `folder` anew, for localhost and its addresses (`NAME=HOST`: for that host alone, which
// ends in .localhost), by the authority.crt in it.
export async function makeCertificates(folder, ...names) {
  await run(certificatesCommand, [folder, ...names]);
}

// True when the gateway on that port answers /readyz with 200.
export async function isReady(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  } catch {
    return false;
  }
}

// The backends' options for the broker `kind`, postgres or nats; the servers of nats are started below `folder`.
async function brokerOptions(kind, folder) {
  if (kind === 'postgres') return {};
  const { stdout } = await run(natsCommand, ['start', natsFolder(folder), '3']);
  return { broker: kind, nats_servers: stdout.trim() };
}

// A port that nobody listens on now.
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// The system's folder is made below `below`.
export async function startSystem({
  backends = 1, gateways = 1, site = false, broker = 'postgres', backendOptions = {}, gatewayOptions = {},
  backendProgram = currentBackend, gatewayProgram = currentGateway, below = tmpdir(), clusterEnvironment = {},
} = {}) {
  const folder = await mkdtemp(join(below, 'parley-system-'));
  await chmod(folder, 0o711); // the database's user passes through
  clusters.add(folder);
  const { stdout } = await cluster('start', folder, clusterEnvironment);
  const system = new System(folder, stdout.trim(), clusterEnvironment);
  try {
    const options = { ...(await brokerOptions(broker, folder)), ...backendOptions };
    for (let count = 0; count < backends; ++count) await system.addBackend(options, backendProgram);
    for (let count = 0; count < gateways; ++count) {
      await system.addGateway({ ...(site ? { site_dir: siteFolder } : {}), ...gatewayOptions }, gatewayProgram);
    }
  } catch (error) {
    await system.stop();
    throw error;
  }
  return system;
}
