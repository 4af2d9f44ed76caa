// The admin port of a server that was started with admin_port=0.
import { until } from './system.mjs';

export async function adminUrl(server) {
  const line = await until(`${server.name} to say where its admin port is`, async () =>
    (await server.log()).split('\n').findLast((text) => text.includes('"event":"admin_listening"')));
  return `http://127.0.0.1:${JSON.parse(line).port}`;
}

export const adminGet = async (server, path) => fetch((await adminUrl(server)) + path);

// Prometheus's text: {text, families, value(name, labels)}. `value` adds up the samples of that name that have all of the
// labels, and throws when there is none.
export async function scrape(server) {
  const response = await adminGet(server, '/metrics');
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  const text = await response.text();
  const samples = [];
  const families = [];
  for (const line of text.split('\n')) {
    const family = /^# TYPE (\S+) /.exec(line);
    if (family) families.push(family[1]);
    const sample = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!sample) continue;
    const labels = Object.fromEntries([...(sample[2] ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    samples.push({ name: sample[1], labels, value: Number(sample[3]) });
  }
  const value = (name, labels = {}) => {
    const found = samples.filter((sample) => sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text));
    if (found.length === 0) throw new Error(`there is no sample ${name} ${JSON.stringify(labels)}`);
    return found.reduce((sum, sample) => sum + sample.value, 0);
  };
  return { text, families, samples, value };
}

// The lines of a server's log that are JSON objects.
export async function logLines(server) {
  return (await server.log()).split('\n').filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line));
}
