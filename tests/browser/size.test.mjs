// How much somebody loads who comes for the first time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { bytesOf, kFirstVisitBytesMax, loadedFiles } from '../support/page_size.mjs';
import { openWorld } from './world.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

test(`the first visit loads at most ${kFirstVisitBytesMax.toLocaleString('en')} bytes`, async () => {
  const page = await (await world.browserOf()).newPage();
  const files = await loadedFiles(page, world.room());
  for (const part of [/^\/r\//, /\.wasm$/, /\.js$/, /\.css$/, /^\/favicon\.svg$/, /^\/manifest\.webmanifest$/]) {
    const file = files.find(({ path }) => part.test(path));
    assert.ok(file, `${part} is among what was loaded`);
    assert.equal(file.coding, 'br', `${file.path} comes compressed`);
  }
  const bytes = bytesOf(files);
  assert.ok(bytes <= kFirstVisitBytesMax, `${bytes} bytes: ${JSON.stringify(files, null, 1)}`);
});
