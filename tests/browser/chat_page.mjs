// The page as a person finds it: by role and label, the way a screen reader would. Every test goes through this.
import assert from 'node:assert/strict';

const kPatienceMs = 15_000;

// What Chromium itself says of a connection that a test has cut: not the page's doing.
const kCutConnection = /WebSocket connection to .* failed|net::ERR_|Failed to load resource/;

export class ChatPage {
  // `context` is a browser context: one person's browser, with storage of its own.
  static async open(context, url, { name } = {}) {
    const chat = new ChatPage(await context.newPage());
    await chat.page.goto(url);
    await chat.untilConnected();
    if (name !== undefined) await chat.rename(name);
    return chat;
  }

  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(kPatienceMs);
    this.problems = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error}`));
    this.composer = page.getByRole('textbox', { name: 'Message' });
    this.list = page.getByRole('log');
    this.rows = this.list.locator('li.row');
    this.status = page.locator('#status');
    this.pill = page.locator('button.jump');
  }

  problemsOfItsOwn() {
    return this.problems.filter((problem) => !kCutConnection.test(problem));
  }

  // Waits for a condition; `predicate` runs in the page.
  async until(what, predicate, argument, patienceMs = kPatienceMs) {
    await this.page.waitForFunction(predicate, argument, { timeout: patienceMs }).catch((error) => {
      throw new Error(`waited in vain for ${what}: ${error.message}`);
    });
  }

  async untilStatus(pattern, patienceMs = kPatienceMs) {
    await this.page.locator('#status', { hasText: pattern }).waitFor({ timeout: patienceMs });
  }

  async untilConnected(patienceMs = 30_000) {
    await this.untilStatus(/^Connected$/, patienceMs);
  }

  async rename(name) {
    await this.page.getByRole('button', { name: /Choose a name|Your name/ }).click();
    const dialog = this.page.getByRole('dialog', { name: /name/i });
    await dialog.getByRole('textbox').fill(name);
    await dialog.getByRole('textbox').press('Enter');
    await dialog.waitFor({ state: 'hidden' });
  }

  async send(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  row(text) {
    return this.rows.filter({ has: this.page.locator('.body', { hasText: text }) });
  }

  async sees(text, patienceMs = kPatienceMs) {
    await this.row(text).first().waitFor({ timeout: patienceMs });
  }

  async seesOnce(text) {
    await this.sees(text);
    assert.equal(await this.row(text).count(), 1, `"${text}" stands in the list once`);
  }

  bodies() {
    return this.rows.locator('.body').allInnerTexts();
  }

  async untilNothingIsSending(patienceMs = kPatienceMs) {
    await this.until(
      'every message to be sent',
      () => document.querySelector('li.row.own') !== null && document.querySelector('li.row.sending') === null,
      undefined,
      patienceMs,
    );
  }

  // Of the panel "Here now".
  peopleNames() {
    return this.page.locator('.people .person-name').allTextContents();
  }

  async untilPeopleAre(names) {
    await this.until(
      `the people to be ${names}`,
      (expected) =>
        JSON.stringify([...document.querySelectorAll('.people .person-name')].map((name) => name.textContent)) ===
        JSON.stringify(expected),
      names,
    );
  }

  async untilPillSays(text) {
    await this.page.locator('button.jump', { hasText: text }).waitFor();
  }

  async moveMouseOverList() {
    const box = await this.list.boundingBox();
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  }

  // Turns the mouse wheel and waits until the list has followed.
  async wheel(deltaY) {
    const before = await this.scrollTop();
    await this.page.mouse.wheel(0, deltaY);
    await this.until('the list to scroll', (top) => document.getElementById('messages').scrollTop !== top, before);
    await this.untilStill();
  }

  scrollTop() {
    return this.page.evaluate(() => document.getElementById('messages').scrollTop);
  }

  // Until nothing in the list has moved for some frames.
  async untilStill() {
    await this.page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const list = document.getElementById('messages');
      const picture = () => {
        const row = list.querySelector('li.row');
        return `${list.scrollTop} ${list.scrollHeight} ${row?.dataset.key} ${row?.getBoundingClientRect().top}`;
      };
      let last = picture();
      for (let still = 0, frames = 0; still < 4 && frames < 600; ++frames) {
        await frame();
        still = picture() === last ? still + 1 : 0;
        last = picture();
      }
    });
  }

  // The rows on screen: key and upper edge.
  rowsOnScreen() {
    return this.page.evaluate(() => {
      const view = document.getElementById('messages').getBoundingClientRect();
      return [...document.querySelectorAll('li.row')]
        .map((row) => ({ key: row.dataset.key, box: row.getBoundingClientRect() }))
        .filter(({ box }) => box.bottom > view.top && box.top < view.bottom)
        .map(({ key, box }) => ({ key, top: box.top, bottom: box.bottom }));
    });
  }
}
