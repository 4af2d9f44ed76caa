// Two people chat in two browsers: what they see, and that a reload and a link show the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ChatPage } from './chat_page.mjs';
import { openWorld } from './world.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

test('two people see each other at once, their own messages apart', async () => {
  const room = world.room();
  const ada = await ChatPage.open(await world.browserOf('ada'), room, { name: 'Ada' });
  const bob = await ChatPage.open(await world.browserOf('bob'), room, { name: 'Bob' });
  await ada.send('Hello from Ada');
  await bob.seesOnce('Hello from Ada');
  await bob.send('Hello from Bob');
  await ada.seesOnce('Hello from Bob');
  await ada.seesOnce('Hello from Ada');

  const authorSeenByBob = bob.row('Hello from Ada');
  assert.match(await authorSeenByBob.textContent(), /Ada/);
  const ownClasses = await ada.row('Hello from Ada').getAttribute('class');
  const otherClasses = await ada.row('Hello from Bob').getAttribute('class');
  assert.match(ownClasses, /\bown\b/);
  assert.doesNotMatch(otherClasses, /\bown\b/);
  assert.match(await ada.row('Hello from Bob').locator('time').getAttribute('datetime'), /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.deepEqual([...ada.problems, ...bob.problems], []);
});

test('a reload shows the history once, in order, and keeps the name', async () => {
  const room = world.room();
  const context = await world.browserOf('reloader');
  const chat = await ChatPage.open(context, room, { name: 'Rita' });
  for (const text of ['first line', 'second line', 'third line']) await chat.send(text);
  await chat.untilNothingIsSending();
  await chat.page.reload();
  await chat.sees('third line');
  assert.deepEqual(await chat.bodies(), ['first line', 'second line', 'third line']);
  await chat.send('after the reload');
  await chat.untilNothingIsSending();
  assert.match(await chat.row('after the reload').getAttribute('class'), /\bown\b/);
  assert.deepEqual(chat.problems, []);
});

test('who somebody is lies in a cookie that no script reads, and outlives a reload and another tab', async () => {
  const room = world.room();
  const context = await world.browserOf('somebody');
  const chat = await ChatPage.open(context, room, { name: 'Sina' });
  await chat.send('before');
  await chat.untilNothingIsSending();
  const cookies = (await context.cookies()).filter(({ name }) => /^parley_session_\d+$/.test(name));
  assert.equal(cookies.length, 1);
  assert.equal(cookies[0].httpOnly, true);
  assert.equal(cookies[0].sameSite, 'Strict');
  assert.ok(cookies[0].expires > Date.now() / 1000 + 30 * 86_400, 'it is kept for months');
  assert.equal(await chat.page.evaluate(() => document.cookie), '');
  // The page's own storage is gone, and with it what it thinks of itself; who it is, is not.
  await chat.page.evaluate(() => localStorage.clear());
  await chat.page.reload();
  await chat.sees('before');
  assert.match(await chat.row('before').getAttribute('class'), /\bown\b/);
  const tab = await ChatPage.open(context, room);
  await tab.sees('before');
  assert.match(await tab.row('before').getAttribute('class'), /\bown\b/);
  assert.deepEqual([...chat.problems, ...tab.problems], []);
});

test('a name that somebody else has is said in the dialog, with one that is free', async () => {
  const room = world.room();
  const ann = await ChatPage.open(await world.browserOf('ann'), room, { name: 'Ann' });
  const other = await ChatPage.open(await world.browserOf('another-ann'), room);
  await other.composer.fill('hello from the second');
  await other.composer.press('Enter');
  const dialog = other.page.getByRole('dialog', { name: /name/i });
  await dialog.getByRole('textbox').fill('Ann');
  await dialog.getByRole('textbox').press('Enter');
  await dialog.getByRole('alert').filter({ hasText: /Somebody else here is called Ann/ }).waitFor();
  assert.equal(await dialog.getByRole('textbox').inputValue(), 'Ann 2');
  assert.equal(await ann.row('hello from the second').count(), 0, 'nothing is sent under another name');
  await dialog.getByRole('textbox').press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await ann.seesOnce('hello from the second');
  assert.match(await ann.row('hello from the second').textContent(), /Ann 2/);
  await ann.untilPeopleAre(['Ann', 'Ann 2']);
  assert.deepEqual([...ann.problems, ...other.problems], []);
});

test('the room is asked for once a visit, by the address of its socket, before the program runs', async () => {
  const chat = await ChatPage.open(await world.browserOf('returner'), world.room(), { name: 'Rae' });
  const sockets = [];
  chat.page.on('websocket', (socket) => {
    const kept = { url: socket.url(), said: [] };
    sockets.push(kept);
    socket.on('framesent', ({ payload }) => kept.said.push(payload.toString('latin1')));
  });
  // The name is newer than the session: its first address asks for it, and the session has it from then on.
  await chat.page.reload();
  await chat.untilConnected();
  assert.deepEqual(sockets.map(({ url }) => new URL(url).searchParams.get('name')), [null, 'Rae']);
  sockets.length = 0;
  await chat.page.reload();
  await chat.untilConnected();
  await chat.send('one thing more');
  await chat.untilNothingIsSending();
  assert.equal(sockets.length, 1, JSON.stringify(sockets));
  assert.equal(new URL(sockets[0].url).searchParams.get('subscribe'), 'c1');
  assert.equal(sockets[0].said.length, 1, 'the message alone');
  assert.equal(await chat.page.locator('.me-name').textContent(), 'Rae');
  assert.deepEqual(chat.problems, []);
});

test('text is never markup, and only web addresses become links', async () => {
  const chat = await ChatPage.open(await world.browserOf('hacker'), world.room(), { name: '<b>Mallory</b>' });
  const nasty = '<img src=x onerror=alert(1)> javascript:alert(2) https://example.org/a?b=<c>';
  await chat.send(nasty);
  await chat.sees('onerror');
  assert.equal(await chat.list.locator('img').count(), 0);
  const links = await chat.list.locator('a').evaluateAll((all) => all.map((link) => [link.href, link.rel]));
  assert.equal(links.length, 1);
  assert.match(links[0][0], /^https:\/\/example\.org\/a/);
  assert.match(links[0][1], /noopener/);
  assert.match(links[0][1], /noreferrer/);
  assert.deepEqual(chat.problems, []);
});

test('Shift+Enter breaks the line, the composer grows, Enter sends', async () => {
  const chat = await ChatPage.open(await world.browserOf('writer'), world.room(), { name: 'Wilma' });
  const heightBefore = (await chat.composer.boundingBox()).height;
  await chat.composer.pressSequentially('one');
  for (const line of ['two', 'three', 'four']) {
    await chat.composer.press('Shift+Enter');
    await chat.composer.pressSequentially(line);
  }
  assert.ok((await chat.composer.boundingBox()).height > heightBefore * 2, 'four lines make the composer grow');
  await chat.composer.press('Enter');
  await chat.sees('four');
  assert.deepEqual(await chat.bodies(), ['one\ntwo\nthree\nfour']);
  assert.equal(await chat.composer.inputValue(), '');
  assert.ok((await chat.composer.boundingBox()).height <= heightBefore * 1.5, 'sent, the composer is small again');
});

test('who is here: count and names follow arrivals, renames and departures', async () => {
  const room = world.room();
  const ada = await ChatPage.open(await world.browserOf('people-ada'), room, { name: 'Ada Lovelace' });
  const bobContext = await world.browserOf('people-bob');
  const bob = await ChatPage.open(bobContext, room, { name: 'Bob' });
  await ada.untilPeopleAre(['Ada Lovelace', 'Bob']);
  await bob.rename('Robert');
  await ada.untilPeopleAre(['Ada Lovelace', 'Robert']);
  await bob.page.close();
  await ada.untilPeopleAre(['Ada Lovelace']);
  assert.deepEqual(ada.problems, []);
});

test('a link opens its room; rooms do not mix', async () => {
  const context = await world.browserOf('rooms');
  const first = await ChatPage.open(context, world.url('/r/first-room'), { name: 'Rosa' });
  const second = await ChatPage.open(context, world.url('/r/second-room'));
  const lobby = await ChatPage.open(context, world.url('/'));
  await first.send('only in the first');
  await second.send('only in the second');
  await first.sees('only in the first');
  await second.sees('only in the second');
  assert.equal(await second.row('only in the first').count(), 0);
  assert.match(await lobby.page.title(), /lobby/);
  assert.match(await first.page.title(), /first-room/);
});

test('scrolled up, nothing jumps; a pill and the title tell what is new', async () => {
  const room = world.room();
  await world.seed(room, 200);
  const reader = await ChatPage.open(await world.browserOf('reader'), room, { name: 'Rea' });
  const writer = await ChatPage.open(await world.browserOf('pusher'), room, { name: 'Paul' });
  await reader.sees('seeded 200 of');
  await reader.moveMouseOverList();
  await reader.wheel(-1500);
  const before = await reader.rowsOnScreen();
  for (const text of ['news one', 'news two', 'news three']) await writer.send(text);
  await reader.untilPillSays('3 new messages');
  await reader.untilStill();
  assert.deepEqual(await reader.rowsOnScreen(), before, 'the rows being read stayed where they were');
  assert.match(await reader.page.title(), /^\(3\) /);
  await reader.pill.click();
  await reader.sees('news three');
  await reader.until('the count to leave the title', () => !document.title.startsWith('('));
  assert.deepEqual(reader.problems, []);
});

test('10,000 messages scroll to the top, with a bounded DOM and without jumps', { timeout: 240_000 }, async () => {
  const room = world.room();
  await world.seed(room, 10_000);
  const chat = await ChatPage.open(await world.browserOf('scroller'), room, { name: 'Sam' });
  await chat.sees('seeded 10000 of');
  await chat.moveMouseOverList();
  await chat.list.focus(); // where Home goes to the oldest message; in the composer it goes to the line's beginning
  let rowsMax = 0;
  let smallSteps = 0;
  for (let step = 0; (await chat.row(/^seeded 1 of/).count()) === 0; ++step) {
    assert.ok(step < 1_000, 'the first message is reached in a reasonable number of steps');
    await chat.page.keyboard.press('Home');
    await chat.untilStill();
    rowsMax = Math.max(rowsMax, await chat.rows.count());
    if (step % 10 !== 0 || (await chat.scrollTop()) < 400) continue;
    // A small step: what was at the upper edge is now lower by what was scrolled, and nothing else moved.
    const before = await chat.rowsOnScreen();
    await chat.wheel(-300);
    const kept = (await chat.rowsOnScreen()).find(({ key }) => key === before[0].key);
    assert.ok(kept !== undefined, `row ${before[0].key} is still on screen after a small step`);
    assert.ok(kept.top >= before[0].top && kept.top - before[0].top <= 301, 'it moved by at most the step');
    ++smallSteps;
  }
  assert.ok(smallSteps > 0, 'small steps were taken on the way');
  assert.ok(rowsMax < 300, `at most ${rowsMax} of 10,000 messages were in the DOM`);
  assert.deepEqual(chat.problems, []);
});
