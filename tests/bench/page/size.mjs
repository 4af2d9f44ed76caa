// What the first visit loads, in bytes as they come over the wire: bodies as the gateway codes them for Chromium.
import { openTab, withBrowser } from './browser.mjs';

export const kBytesMax = 60_000;

// Every answer of the gateway until the page is connected and quiet: [{path, type, coding, bodyBytes, headBytes}].
// `open` goes to the page's address. Chromium asks by itself for the manifest only when it might install the page, and
// for icons only with a window: both are asked for here as a window would.
export async function loadedFiles(context, url) {
  const page = await openTab(context);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const files = new Map();
  session.on('Network.responseReceived', ({ requestId, response, type }) => {
    const { pathname } = new URL(response.url);
    files.set(requestId, {
      path: pathname, type, status: response.status, coding: response.headers['content-encoding'] ?? '', bodyBytes: 0,
    });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (files.has(requestId)) files.get(requestId).wireBytes = encodedDataLength;
  });
  session.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
    if (files.has(requestId)) files.get(requestId).bodyBytes += encodedDataLength;
  });
  await page.goto(url);
  await page.locator('#status', { hasText: /^Connected$/ }).waitFor({ timeout: 30_000 });
  await page.evaluate(async () => {
    const links = [...document.querySelectorAll('link[rel~=icon], link[rel=manifest]')];
    await Promise.all(links.map((link) => fetch(link.href).then((answer) => answer.arrayBuffer())));
  });
  await page.waitForTimeout(500);
  return [...files.values()].filter(({ type }) => type !== 'WebSocket');
}

export async function measureSize(url) {
  const files = await withBrowser((context) => loadedFiles(context, url));
  const bytes = files.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  return { files, bytes, wireBytes: files.reduce((sum, { wireBytes }) => sum + wireBytes, 0) };
}
