// Publishing as an operator does it, and sites to publish.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { buildFolder, siteFolder } from './system.mjs';

const run = promisify(execFile);
export const publishProgram = join(buildFolder, 'gateway/chat-publish');

// Each answers the release's id; a refusal is an error with `code` and `stderr`.
export async function publish(releases, site, settleMs = 100, ...more) {
  const options = [`--releases_dir=${releases}`, `--site_dir=${site}`, `--publish_settle_ms=${settleMs}`, ...more];
  return (await run(publishProgram, options)).stdout.trim();
}

export async function rollBack(releases) {
  return (await run(publishProgram, ['rollback', `--releases_dir=${releases}`])).stdout.trim();
}

// [{path, sha256, size, content_type}]
export async function manifestOf(releases, id) {
  return JSON.parse(await readFile(join(releases, id, 'manifest.json'), 'utf8')).files;
}

// A small site: a page of that version, which names assets of its own.
export async function makeSite(folder, version) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'assets'), { recursive: true });
  const names = ['app.js', 'style.css', 'data.json'].map((name) => name.replace('.', `.${version}.`));
  for (const [index, name] of names.entries()) {
    await writeFile(join(folder, 'assets', name), `${name} `.repeat(500 * (1 + index * index * 10)));
  }
  const links = names.map((name) => `<link href="/assets/${name}">`).join('');
  const page = `<!doctype html><meta name="version" content="${version}">${links}${' '.repeat(2_000)}`;
  await writeFile(join(folder, 'index.html'), page);
  await writeFile(join(folder, 'index.html.gz'), gzipSync(page));
}

// The real page with another version's name.
export async function makePage(folder, version) {
  await rm(folder, { recursive: true, force: true });
  await cp(siteFolder, folder, { recursive: true });
  const index = join(folder, 'index.html');
  const page = await readFile(index, 'utf8');
  await writeFile(index, page.replace(/(<meta name="version" content=")\w+/, `$1${version}`));
  for (const form of ['.br', '.gz']) await rm(index + form, { force: true });
}
