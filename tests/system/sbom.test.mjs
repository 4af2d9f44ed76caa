// The list of what the programs are made of: every library that the loader finds for them is in it, with the program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { buildFolder } from '../support/system.mjs';

const kProgram = fileURLToPath(new URL('../../tools/dev/make_sbom.mjs', import.meta.url));
const kPrograms = ['gateway/chat-gateway', 'backend/chat-backend', 'gateway/chat-publish'].map((path) => join(buildFolder, path));

// Of Debian, by dpkg's own word: asked for one library at a time, by each of its names.
function packageOf(library) {
  const real = realpathSync(library);
  for (const path of [library, real, real.replace(/^\/usr/, ''), `/usr${real}`]) {
    try {
      return execFileSync('dpkg-query', ['--search', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(/[:,]/)[0];
    } catch {
      // Not by this one.
    }
  }
  throw new Error(`no package has ${library}`);
}

test('what the programs are linked with is listed with version and licence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sbom-'));
  try {
    execFileSync(process.execPath, [kProgram, '1.2.3', join(folder, 'sbom.json'), ...kPrograms]);
    const sbom = JSON.parse(readFileSync(join(folder, 'sbom.json'), 'utf8'));
    assert.equal(sbom.bomFormat, 'CycloneDX');
    assert.equal(sbom.metadata.component.version, '1.2.3');
    const partsOf = (name) => sbom.components.find((component) => component.name === name)?.properties
      .filter((property) => property.name === 'parley:part-of').map(({ value }) => value);
    assert.deepEqual(partsOf('libpqxx-6.4'), ['chat-backend']);
    assert.deepEqual(partsOf('libgrpc++1.51'), ['chat-backend', 'chat-gateway']);
    assert.deepEqual(partsOf('libjemalloc2'), ['chat-backend', 'chat-gateway']);
    assert.deepEqual(partsOf('emscripten'), ['page']);
    for (const program of kPrograms) {
      const libraries = [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/=> (\/\S+)/g)].map(([, path]) => path);
      assert.ok(libraries.length > 5, program);
      for (const library of libraries) {
        assert.ok(partsOf(packageOf(library))?.includes(basename(program)), `${basename(program)}: ${library}`);
      }
    }
    for (const component of sbom.components) {
      const parts = partsOf(component.name);
      assert.ok(parts.length > 0 && parts.every((part) => ['page', ...kPrograms.map((path) => basename(path))].includes(part)), component.name);
    }
    const shown = execFileSync('dpkg-query', ['--show', '--showformat', '${Package} ${Version}\\n'], { encoding: 'utf8' });
    const installed = new Map(shown.trimEnd().split('\n').map((line) => line.split(' ')));
    for (const { name, version, licenses } of sbom.components) {
      assert.equal(version, installed.get(name), name);
      assert.ok(licenses.length > 0 && licenses.every(({ license }) => license.name.length > 0), name);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
