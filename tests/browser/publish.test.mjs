// A page that is open while another version of it is published.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { makePage, publish } from '../support/releases.mjs';
import { ChatPage } from './chat_page.mjs';
import { openWorld } from './world.mjs';

// A page takes up to ten seconds of its own before it acts.
const kPatienceMs = 20_000;

let world;
let releases;
before(async () => {
  world = await openWorld({ gateways: 0 });
  releases = join(world.system.folder, 'releases');
  await mkdir(releases);
  await publishVersion('first');
  await world.system.addGateway({ releases_dir: releases });
});
after(() => world?.close());

async function publishVersion(version) {
  const site = join(world.system.folder, 'site');
  await makePage(site, version);
  await publish(releases, site, 0);
}

const versionOf = (chat) => chat.page.locator('meta[name=version]').getAttribute('content');
const reloadButton = (chat) => chat.page.getByRole('button', { name: 'Reload' });
const untilVersionIs = (chat, version) =>
  chat.until(`the page to be ${version}`,
    (wanted) => document.querySelector('meta[name=version]').content === wanted, version, kPatienceMs);

test('an idle page reloads itself, and is where it was', async () => {
  const chat = await ChatPage.open(await world.browserOf('ida'), world.room(), { name: 'Ida' });
  assert.equal(await versionOf(chat), 'first');
  await chat.send('written before');
  await chat.untilNothingIsSending();
  await publishVersion('second');
  await untilVersionIs(chat, 'second');
  await chat.untilConnected();
  await chat.seesOnce('written before');
  await chat.send('written after');
  await chat.untilNothingIsSending();
  assert.match(await chat.row('written after').getAttribute('class'), /\bown\b/);
  assert.deepEqual(chat.problemsOfItsOwn(), []);
});

test('who writes is asked; the reload by keyboard keeps what was written', async () => {
  const chat = await ChatPage.open(await world.browserOf('wim'), world.room(), { name: 'Wim' });
  await chat.composer.fill('half a sentence');
  await publishVersion('third');
  await reloadButton(chat).waitFor({ timeout: kPatienceMs });
  await chat.page.screenshot({ path: new URL('./output/new-version.png', import.meta.url).pathname });
  assert.equal(await versionOf(chat), 'second');
  assert.equal(await chat.composer.inputValue(), 'half a sentence');
  assert.ok(await chat.composer.evaluate((field) => field === document.activeElement), 'the focus stays in the field');
  assert.equal(await chat.page.getByRole('status').filter({ hasText: 'New version' }).count(), 1);
  await chat.page.keyboard.press('Shift+Tab');
  assert.ok(await reloadButton(chat).evaluate((button) => button === document.activeElement), 'one step before the field');
  await chat.page.keyboard.press('Enter');
  await untilVersionIs(chat, 'third');
  await chat.untilConnected();
  assert.equal(await chat.composer.inputValue(), 'half a sentence');
  assert.equal(await reloadButton(chat).count(), 0);
  assert.deepEqual(chat.problemsOfItsOwn(), []);
});

test('who reads back is asked and stays where he is', async () => {
  const room = world.room();
  await world.seed(room, 300);
  const chat = await ChatPage.open(await world.browserOf('rea'), room, { name: 'Rea' });
  await chat.sees('seeded 300 of 300');
  await chat.moveMouseOverList();
  await chat.wheel(-2_000);
  const before = await chat.rowsOnScreen();
  await publishVersion('fourth');
  await reloadButton(chat).waitFor({ timeout: kPatienceMs });
  assert.deepEqual(await chat.rowsOnScreen(), before);
  assert.equal(await versionOf(chat), 'third');
});

test('a page that was cut off learns of it when it connects again', async () => {
  const [gateway] = world.system.gateways;
  const chat = await ChatPage.open(await world.browserOf('cut'), world.room(), { name: 'Cut' });
  await gateway.kill();
  await chat.untilStatus(/Reconnecting/);
  await publishVersion('fifth');
  await gateway.start();
  await untilVersionIs(chat, 'fifth');
  await chat.untilConnected();
});
