// What a first visit loads, as the browser counts it.

// Bytes of all bodies together, compressed as the gateway serves them.
export const kFirstVisitBytesMax = 60_000;

// Goes to `url` in `page`, a tab of a browser that has not been there, and answers the gateway's files:
// [{path, coding, body_bytes, head_bytes}]. Chromium asks for the icon only when it has a window and for the manifest
// when it may install the page: both are asked for here as it would.
export async function loadedFiles(page, url) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const files = new Map();
  session.on('Network.responseReceived', ({ requestId, response, type }) => {
    if (type === 'WebSocket' || !response.url.startsWith('http') || response.fromDiskCache) return;
    const headers = Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]);
    const coding = Object.fromEntries(headers)['content-encoding'] ?? '';
    files.set(requestId, { path: new URL(response.url).pathname, coding, head_bytes: response.encodedDataLength });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const file = files.get(requestId);
    if (file) file.body_bytes = Math.max(0, encodedDataLength - file.head_bytes);
  });
  await page.goto(url);
  await page.locator('#status', { hasText: /^Connected$/ }).waitFor({ timeout: 30_000 });
  await page.evaluate(async () => {
    const links = [...document.querySelectorAll('link[rel~=icon], link[rel=manifest]')];
    await Promise.all(links.map((link) => fetch(link.href).then((answer) => answer.arrayBuffer())));
  });
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').every(({ responseEnd }) => responseEnd > 0));
  await session.detach();
  return [...files.values()].filter(({ body_bytes }) => body_bytes > 0);
}

export const bytesOf = (files) => files.reduce((sum, { body_bytes }) => sum + body_bytes, 0);
