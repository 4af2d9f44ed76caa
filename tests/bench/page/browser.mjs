// Debian's Chromium with a profile of its own that nobody has used before: an empty cache.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

export const kChromium = '/usr/bin/chromium';
export const kFlags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

// Calls `task` with the new browser's context and ends the browser after it.
export async function withBrowser(task, options = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'parley-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: kChromium, args: kFlags, locale: 'en-GB', timezoneId: 'Europe/Paris', ...options,
  });
  try {
    return await task(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

// A tab that has shown a page of another site before, as a person's has: no run pays for the start of the browser's
// network service or for a first process.
export async function openTab(context) {
  const elsewhere = createServer((_request, response) => response.end('<!doctype html><title>elsewhere</title>'));
  await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
  elsewhere.closeAllConnections();
  elsewhere.close();
  return page;
}
