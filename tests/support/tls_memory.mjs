// What an idle WebSocket takes of a gateway's memory, without TLS and with it: node tests/support/tls_memory.mjs [SOCKETS]
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { JsonSocket } from './chat_sockets.mjs';
import { makeCertificates, startSystem } from './system.mjs';

const kAtOnce = 50;
const kFirst = 500; // what the first ones make the gateway allocate for all is not counted

const sockets = Number(process.argv[2] ?? 2_000);

async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
}

// One after the other, a few at a time.
async function open(place, options, count) {
  const opened = [];
  while (opened.length < count) {
    const round = Array.from({ length: Math.min(kAtOnce, count - opened.length) }, () => JsonSocket.connect(place, '?room=idle', options));
    opened.push(...(await Promise.all(round)));
  }
  return opened;
}

const folder = await mkdtemp(join(tmpdir(), 'parley-memory-'));
await makeCertificates(folder, 'server');
const ca = await readFile(join(folder, 'authority.crt'));
try {
  for (const kind of ['plain', 'TLS 1.3', 'TLS 1.2']) {
    const system = await startSystem({
      gatewayOptions: {
        connections_per_address_max: 10_000,
        io_threads: 2,
        ...(kind === 'plain' ? {} : {
          tls_certificate_file: join(folder, 'server.crt'), tls_key_file: join(folder, 'server.key'), tls_port: 0,
          tls_port_file: join(folder, 'tls_port'),
        }),
      },
    });
    try {
      const [gateway] = system.gateways;
      const port = kind === 'plain' ? gateway.port : Number(await readFile(join(folder, 'tls_port'), 'utf8'));
      const place = { scheme: kind === 'plain' ? 'ws' : 'wss', address: `localhost:${port}` };
      const options = { ca, family: 4, ...(kind === 'TLS 1.2' ? { maxVersion: 'TLSv1.2' } : {}) };
      const first = await open(place, options, kFirst);
      const before = await residentBytes(gateway.pid);
      const began = process.hrtime.bigint();
      const rest = await open(place, options, sockets);
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      const after = await residentBytes(gateway.pid);
      console.log(`${kind}: ${Math.round((after - before) / sockets)} bytes a socket (${sockets} sockets, opened in ${seconds.toFixed(1)} s)`);
      for (const socket of [...first, ...rest]) socket.ws.terminate();
    } finally {
      await system.stop();
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
