// TLS behind the gateway: gRPC with certificates on both sides, and PostgreSQL with sslmode=verify-full.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import grpc from '@grpc/grpc-js';

import { JsonSocket } from '../support/chat_sockets.mjs';
import { freePort, isReady, makeCertificates, Server, startSystem, until } from '../support/system.mjs';

const kElsewhere = 'elsewhere.localhost';

let folder; // certificates of our authority
let stranger; // those of another one
let system;

const file = (name, below = folder) => join(below, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-tls-'));
  stranger = await mkdtemp(join(tmpdir(), 'parley-tls-'));
  await makeCertificates(folder, 'backend', 'next', 'gateway', 'server', `elsewhere=${kElsewhere}`);
  await makeCertificates(stranger, 'gateway', 'server');
  const databasePort = await freePort();
  system = await startSystem({
    clusterEnvironment: { PARLEY_TEST_TLS_PORT: String(databasePort), PARLEY_TEST_TLS_FOLDER: folder },
    backendOptions: {
      database_url: `postgresql://parley@localhost:${databasePort}/parley?sslmode=verify-full&sslrootcert=${file('authority.crt')}`,
      grpc_tls_certificate_file: file('backend.crt'),
      grpc_tls_key_file: file('backend.key'),
      grpc_tls_client_authority_file: file('authority.crt'),
      tls_reload_interval_ms: 1_000,
    },
    gatewayOptions: {
      backend_tls_authority_file: file('authority.crt'),
      backend_tls_certificate_file: file('gateway.crt'),
      backend_tls_key_file: file('gateway.key'),
      call_deadline_ms: 1_000,
    },
  });
});
after(async () => {
  await system?.stop();
  for (const made of [folder, stranger]) await rm(made, { recursive: true, force: true });
});

const health = async (certificate, below = folder, { address, host } = {}) => {
  const pair = certificate ? [await readFile(file(`${certificate}.key`, below)), await readFile(file(`${certificate}.crt`, below))] : [];
  const credentials = grpc.credentials.createSsl(await readFile(file('authority.crt')), ...pair);
  const client = new grpc.Client(address ?? system.backends[0].address, credentials,
    { 'grpc.enable_retries': 0, ...(host && { 'grpc.ssl_target_name_override': host }) });
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest('/grpc.health.v1.Health/Check', (value) => value, (value) => value, Buffer.alloc(0),
        { deadline: Date.now() + 2_000 }, (error, answer) => resolve(error ? error.code : answer.toString('hex')));
    });
  } finally {
    client.close();
  }
};
const kServing = '0801';

async function speaks(gateway, room) {
  const socket = await JsonSocket.connect(gateway, `?room=${room}&name=Ada`);
  await socket.subscribe(room);
  await socket.sendMessage(room, 'hello');
  await socket.untilPushed(room, 1);
  return socket;
}

test('a message passes, and every session with the database is encrypted', async () => {
  const socket = await speaks(system.gateways[0], 'tls');
  await socket.close();
  const sessions = await system.query(`select ssl, version, count(*) from pg_stat_ssl join pg_stat_activity using (pid)
    where application_name = 'chat-backend' group by 1, 2`);
  assert.equal(sessions.length, 1);
  assert.deepEqual(sessions[0].slice(0, 2), ['t', 'TLSv1.3']);
});

test('a client without a certificate, or with that of another authority, is not answered', async () => {
  assert.equal(await health('gateway'), kServing);
  assert.equal(await health(null), grpc.status.UNAVAILABLE);
  assert.equal(await health('gateway', stranger), grpc.status.UNAVAILABLE);
});

// A gateway with these options of TLS is not attached to the backend at `address`. Its log.
async function staysAlone(name, address, options) {
  const lonely = new Server(name, system.gateways[0].program, { ...options, backends: address }, system.folder);
  lonely.portOption = 'port';
  lonely.port = await freePort();
  await lonely.launch();
  try {
    await until('it to live', () => fetch(`http://${lonely.address}/healthz`).then(({ status }) => status === 200, () => false));
    // Long enough for several attempts.
    await assert.rejects(until('it to be attached', () => isReady(lonely.port), 1_500), /in vain/);
    return await lonely.log();
  } finally {
    await lonely.kill();
  }
}

test('a gateway that speaks no TLS, shows no certificate, or trusts another authority is not attached', async () => {
  for (const [name, options] of Object.entries({
    plain: {},
    nameless: { backend_tls_authority_file: file('authority.crt') },
    distrustful: { ...system.gateways[0].options, backend_tls_authority_file: file('authority.crt', stranger) },
  })) {
    await staysAlone(name, system.backends[0].address, options);
  }
});

test('a backend with a certificate of the right authority for another host is not attached to', async () => {
  // Everybody may read its key, which both servers say.
  await chmod(file('elsewhere.key'), 0o644);
  const elsewhere = new Server('elsewhere-backend', system.backends[0].program, {
    ...system.backends[0].options,
    grpc_tls_certificate_file: file('elsewhere.crt'),
    grpc_tls_key_file: file('elsewhere.key'),
  }, system.folder);
  await elsewhere.start('grpc_port');
  try {
    // It serves, and who expects that name is content.
    const { address } = elsewhere;
    assert.equal(await health('gateway', folder, { address, host: kElsewhere }), kServing);
    assert.equal(await health('gateway', folder, { address }), grpc.status.UNAVAILABLE);
    const log = await staysAlone('elsewhere-gateway', address, {
      ...system.gateways[0].options,
      backend_tls_certificate_file: file('elsewhere.crt'),
      backend_tls_key_file: file('elsewhere.key'),
    });
    assert.match(log, /secret_is_readable.*backend_tls_key_file/);
    assert.match(await elsewhere.log(), /secret_is_readable.*grpc_tls_key_file/);
    for (const server of [...system.gateways, ...system.backends]) assert.doesNotMatch(await server.log(), /secret_is_readable/);
  } finally {
    await elsewhere.kill();
  }
});

test('chat-backend health asks over TLS', async () => {
  const [backend] = system.backends;
  const words = Object.entries({ ...backend.options, grpc_port: backend.port }).map(([key, value]) => `--${key}=${value}`);
  const code = await new Promise((resolve) => execFile(backend.program, ['health', ...words], (error) => resolve(error?.code ?? 0)));
  assert.equal(code, 0);
});

test('a new certificate counts for new connections; open ones go on, also while the files are broken', async () => {
  const put = async (name, part) => {
    await copyFile(file(`${name}.${part}`), file(`backend.${part}.new`));
    await rename(file(`backend.${part}.new`), file(`backend.${part}`));
  };
  const socket = await speaks(system.gateways[0], 'renewal');
  await writeFile(file('backend.crt'), 'broken');
  await until('new connections to be refused', async () => (await health('gateway')) === grpc.status.UNAVAILABLE);
  await socket.sendMessage('renewal', 'meanwhile');
  await socket.untilPushed('renewal', 2);
  await put('next', 'key');
  await put('next', 'crt');
  await until('new connections', async () => (await health('gateway')) === kServing);
  await socket.sendMessage('renewal', 'afterwards');
  await socket.untilPushed('renewal', 3);
  assert.equal(socket.closed, null);
  await socket.close();
});

test('a database whose certificate is another authority\'s or another host\'s, or that has none, is not spoken to', async () => {
  const start = async (name, url) => {
    const backend = new Server(name, system.backends[0].program, { database_url: url }, system.folder);
    backend.portOption = 'grpc_port';
    await backend.launch();
    return backend;
  };
  const url = system.backends[0].options.database_url;
  const distrustful = await start('distrustful-backend', url.replace(folder, stranger));
  // "N" is a server's word that it speaks no TLS.
  const server = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end('N'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const plain = await start('demanding-backend', url.replace(/localhost:\d+/, `localhost:${server.address().port}`));
  const disabled = await start('disabled-backend', url.replace('verify-full', 'disable'));
  // The right authority, another host's certificate: that is what `full` is.
  const renamed = `${url.replace('@localhost', `@${kElsewhere}`)}&hostaddr=127.0.0.1`;
  const misled = await start('misled-backend', renamed);
  const careless = await start('careless-backend', renamed.replace('verify-full', 'verify-ca'));
  try {
    await until('the certificate to be refused', async () => /certificate verify failed/.test(await distrustful.log()));
    await until('a server without TLS to be refused', async () => /server does not support SSL/.test(await plain.log()));
    await until('the host to be refused', async () => /does not match host name/.test(await misled.log()));
    await until('a check of the authority alone to be content', async () => /"event":"listening"/.test(await careless.log()));
    await until('the session without TLS to be refused', async () => /no encryption/.test(await disabled.log()));
  } finally {
    for (const backend of [distrustful, plain, disabled, misled, careless]) await backend.kill();
    server.close();
  }
});
