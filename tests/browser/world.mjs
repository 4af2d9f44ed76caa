// What the browser tests stand in: a running system of real processes, Chromium, and people with browsers of their own.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

import { chromium } from 'playwright-core';

import { startSystem } from '../support/system.mjs';

const run = promisify(execFile);
export const outputFolder = new URL('./output/', import.meta.url).pathname;

const kChromiumFlags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export async function openWorld(options = {}) {
  await mkdir(outputFolder, { recursive: true });
  const system = await startSystem({
    backends: 1, gateways: 1, site: true, ...options, gatewayOptions: { identity: 'open', ...options.gatewayOptions },
  });
  const browser = await chromium
    .launch({ executablePath: '/usr/bin/chromium', args: kChromiumFlags })
    .catch(async (error) => {
      await system.stop();
      throw error;
    });
  return new World(system, browser);
}

export class World {
  #roomNumber = 0;

  constructor(system, browser) {
    this.system = system;
    this.browser = browser;
  }

  url(path) {
    return `http://localhost:${this.system.gateways[0].port}${path}`;
  }

  // The address of a room that no other test uses.
  room() {
    this.#roomNumber += 1;
    return this.url(`/r/room-${process.pid}-${this.#roomNumber}`);
  }

  // A browser of somebody's own: storage is not shared with anybody else's.
  browserOf(_who, options = {}) {
    return this.browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Paris', ...options });
  }

  // Puts `count` messages into a room, straight into the database: `seeded I of COUNT`.
  async seed(roomUrl, count) {
    const room = roomUrl.split('/').at(-1);
    await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', this.system.databaseUrl, '-c', `
      with room as (
        insert into rooms (name, epoch, last_offset) values ('${room}', 'seeded', ${count}) returning room_id)
      insert into messages (room_id, message_offset, change_offset, author_id, author_name, request_id, body, client_time,
                            create_time)
      select room_id, n, n, 'seeder-' || n % 7, 'Seeder ' || n % 7, 'seed-' || n,
             'seeded ' || n || ' of ${count}' || case n % 5 when 0 then repeat(' and more words', 20) else '' end, '',
             now() - (${count} - n) * interval '5 minutes'
      from room, generate_series(1, ${count}) n`]);
  }

  async close() {
    await this.browser.close();
    await this.system.stop();
  }
}
