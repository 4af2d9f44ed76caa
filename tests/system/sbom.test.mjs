// The list of what the programs are made of: every library that the loader finds for them is in it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { buildFolder } from '../support/system.mjs';

const kProgram = fileURLToPath(new URL('../../tools/dev/make_sbom.mjs', import.meta.url));
const kPrograms = ['gateway/chat-gateway', 'backend/chat-backend'].map((path) => join(buildFolder, path));

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
    assert.deepEqual(partsOf('emscripten'), ['page']);
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
