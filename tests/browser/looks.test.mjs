// How it looks, and whether everybody can use it: axe-core, the keyboard alone, and screenshots in tests/browser/output.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ChatPage } from './chat_page.mjs';
import { openWorld, outputFolder } from './world.mjs';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kSizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

async function violations(chat) {
  // Playwright evaluates outside the page's Content-Security-Policy, in a world of its own script.
  await chat.page.evaluate(axeSource);
  const { violations: found } = await chat.page.evaluate(() => globalThis.axe.run(document));
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

async function conversation(room) {
  const ada = await ChatPage.open(await world.browserOf(), room, { name: 'Ada Lovelace' });
  for (const text of [
    'Has anybody looked at the numbers from last night?',
    'The long run is through: https://example.org/reports/2026-11 has all of it, with the plots.',
    'Short version: nothing lost, nothing doubled.',
  ]) {
    await ada.send(text);
  }
  await ada.untilNothingIsSending();
  return ada;
}

for (const [size, viewport] of Object.entries(kSizes)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${size}, ${colorScheme}: no axe violations, screenshots`, async () => {
      const room = world.room();
      await world.seed(room, 12);
      const ada = await conversation(room);
      const context = await world.browserOf('me', { viewport, colorScheme, hasTouch: size === 'phone' });
      const me = await ChatPage.open(context, room, { name: 'Grace Hopper' });
      await me.sees('nothing doubled');
      await me.send('Lovely. 🎉 I will read the plots on the train:\n1. throughput\n2. the tail');
      await me.untilNothingIsSending();
      await ada.send('Safe travels!');
      await me.sees('Safe travels!');
      await me.page.screenshot({ path: join(outputFolder, `${size}-${colorScheme}.png`) });
      assert.deepEqual(await violations(me), []);

      await me.page.getByRole('button', { name: /Your name/ }).click();
      await me.page.getByRole('dialog', { name: /name/i }).waitFor();
      await me.page.screenshot({ path: join(outputFolder, `${size}-${colorScheme}-name.png`) });
      assert.deepEqual(await violations(me), []);
      await me.page.keyboard.press('Escape');

      if (size === 'phone') {
        await me.page.getByRole('button', { name: /people here/ }).click();
        await me.page.getByRole('dialog', { name: /people/i }).waitFor();
        await me.page.screenshot({ path: join(outputFolder, `${size}-${colorScheme}-people.png`) });
        assert.deepEqual(await violations(me), []);
      }
      assert.deepEqual(me.problems, []);
    });
  }
}

test('the keyboard alone is enough', async () => {
  const page = await (await world.browserOf()).newPage();
  const chat = new ChatPage(page);
  await page.goto(world.room());
  await chat.untilConnected();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName);
  assert.equal(await focused(), 'Message', 'on a desktop the composer has the focus');
  await page.keyboard.type('typed without a mouse');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: /name/i }).waitFor();
  await page.keyboard.type('Kim');
  await page.keyboard.press('Enter');
  await chat.sees('typed without a mouse');
  assert.equal(await focused(), 'Message', 'the focus is back in the composer');
  const met = [];
  for (let step = 0; step < 12; ++step) {
    await page.keyboard.press('Shift+Tab');
    met.push(await focused());
  }
  assert.ok(met.some((label) => /Messages in/.test(label)), `Tab reaches the list: ${met}`);
  assert.ok(met.some((label) => /Your name: Kim/.test(label)), `Tab reaches the name: ${met}`);
  assert.deepEqual(chat.problems, []);
});

test('useful before the program runs, and a clear sentence without WebAssembly', async () => {
  const context = await world.browserOf();
  await context.addInitScript(() => delete globalThis.WebAssembly);
  const page = await context.newPage();
  await page.goto(world.url('/'));
  await page.locator('#failure').waitFor({ state: 'visible' });
  assert.match(await page.locator('#failure').innerText(), /WebAssembly/);

  const noScript = await world.browserOf('none', { javaScriptEnabled: false });
  const plain = await noScript.newPage();
  await plain.goto(world.url('/'));
  assert.match(await plain.locator('body').innerText(), /JavaScript/);
});
