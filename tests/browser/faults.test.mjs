// What a person sees when parts of the system go away and come back: nothing that they wrote is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ChatPage } from './chat_page.mjs';
import { openWorld } from './world.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

test('the backend dies while somebody types, and comes back', async () => {
  const room = world.room();
  const ada = await ChatPage.open(await world.browserOf(), room, { name: 'Ada' });
  const bob = await ChatPage.open(await world.browserOf(), room, { name: 'Bob' });
  await ada.send('before');
  await bob.sees('before');
  await ada.composer.pressSequentially('half a sen');
  await world.system.backends[0].kill('SIGKILL');
  await ada.composer.pressSequentially('tence');
  assert.equal(await ada.composer.inputValue(), 'half a sentence');
  await ada.composer.press('Enter');
  await ada.sees('half a sentence');
  assert.match(await ada.row('half a sentence').getAttribute('class'), /\bsending\b/);
  await world.system.backends[0].start();
  await ada.untilNothingIsSending(40_000);
  await bob.seesOnce('half a sentence');
  await ada.seesOnce('half a sentence');
  await bob.send('welcome back');
  await ada.seesOnce('welcome back');
  assert.deepEqual([...ada.problemsOfItsOwn(), ...bob.problemsOfItsOwn()], []);
});

test('written while the server is away, kept over a reload, sent once when it returns', async () => {
  const room = world.room();
  const ada = await ChatPage.open(await world.browserOf(), room, { name: 'Ada' });
  const bob = await ChatPage.open(await world.browserOf(), room, { name: 'Bob' });
  await ada.send('online');
  await ada.untilNothingIsSending();
  // Without a backend the gateway still gives out the page, but admits no WebSocket.
  await world.system.backends[0].kill('SIGTERM');
  await ada.page.reload();
  await ada.send('written offline, one');
  await ada.send('written offline, two');
  await ada.page.reload();
  await ada.sees('written offline, two');
  assert.equal(await ada.page.locator('li.row.sending').count(), 2);
  await world.system.backends[0].start();
  await ada.untilNothingIsSending(60_000);
  await ada.seesOnce('written offline, one');
  assert.deepEqual((await ada.bodies()).slice(-3), ['online', 'written offline, one', 'written offline, two']);
  await bob.seesOnce('written offline, one');
  await bob.seesOnce('written offline, two');
  assert.deepEqual([...ada.problemsOfItsOwn(), ...bob.problemsOfItsOwn()], []);
});

test('offline and back: says so, keeps what is written, reconnects at once, misses nothing', async () => {
  const room = world.room();
  const context = await world.browserOf();
  const ada = await ChatPage.open(context, room, { name: 'Ada' });
  const bob = await ChatPage.open(await world.browserOf(), room, { name: 'Bob' });
  await context.setOffline(true);
  await ada.untilStatus(/Offline/);
  await ada.send('from the tunnel');
  await ada.sees('from the tunnel');
  for (let number = 1; number <= 20; ++number) await bob.send(`meanwhile ${number}.`);
  await bob.untilNothingIsSending();
  await context.setOffline(false);
  await ada.untilConnected();
  await ada.untilNothingIsSending();
  await ada.sees('meanwhile 20.');
  const bodies = await ada.bodies();
  assert.deepEqual(
    bodies.filter((body) => body.startsWith('meanwhile')),
    Array.from({ length: 20 }, (_, index) => `meanwhile ${index + 1}.`),
  );
  assert.equal(bodies.filter((body) => body === 'from the tunnel').length, 1);
  await bob.seesOnce('from the tunnel');
  assert.deepEqual([...ada.problemsOfItsOwn(), ...bob.problemsOfItsOwn()], []);
});

test('the gateway is restarted: the page says when it tries again and resumes', async () => {
  const room = world.room();
  const ada = await ChatPage.open(await world.browserOf(), room, { name: 'Ada' });
  await ada.send('first');
  await ada.untilNothingIsSending();
  await world.system.gateways[0].kill('SIGKILL');
  await ada.untilStatus(/Reconnecting/);
  await world.system.gateways[0].start();
  await ada.untilConnected(60_000);
  await ada.send('second');
  await ada.untilNothingIsSending();
  assert.deepEqual(await ada.bodies(), ['first', 'second']);
  assert.deepEqual(ada.problemsOfItsOwn(), []);
});
