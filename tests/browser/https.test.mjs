// The page over HTTPS, and what its security headers do in a browser.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { makeCertificates } from '../support/system.mjs';
import { ChatPage } from './chat_page.mjs';
import { openWorld } from './world.mjs';

let folder;
let world;
let origin;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-https-'));
  await makeCertificates(folder, 'server');
  world = await openWorld({
    gatewayOptions: {
      tls_certificate_file: join(folder, 'server.crt'),
      tls_key_file: join(folder, 'server.key'),
      tls_port: 0,
      tls_port_file: join(folder, 'tls_port'),
      hsts_max_age_s: 3_600,
    },
  });
  origin = `https://localhost:${(await readFile(join(folder, 'tls_port'), 'utf8')).trim()}`;
});
after(async () => {
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

// A browser that has been told to trust the certificate.
const browser = () => world.browserOf('me', { ignoreHTTPSErrors: true });

// A name that is in use in a room is nobody else's.
let opened = 0;

async function open(path = '/') {
  const context = await browser();
  opened += 1;
  const chat = await ChatPage.open(context, origin + path, { name: `Ada of page ${opened}` });
  await chat.page.evaluate(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => globalThis.violations.push(effectiveDirective));
  });
  return chat;
}

test('plain HTTP leads to the page over HTTPS; its program runs, speaks wss, and breaks no rule', async () => {
  const context = await browser();
  const page = await context.newPage();
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  const chat = new ChatPage(page);
  await page.goto(world.url('/r/secure'));
  await chat.untilConnected();
  assert.equal(page.url(), `${origin}/r/secure`);
  assert.ok(sockets.length > 0 && sockets.every((url) => url.startsWith(origin.replace('https:', 'wss:'))), String(sockets));
  await chat.rename('Ada');
  await chat.send('over TLS');
  await chat.untilNothingIsSending();
  await page.reload();
  await chat.untilConnected();
  await chat.sees('over TLS');
  // The session is for this host and for TLS alone.
  const [session] = (await context.cookies(origin)).filter(({ name }) => /^__Host-parley_session_\d+$/.test(name));
  assert.equal(session?.secure && session.httpOnly, true);
  assert.deepEqual(chat.problems, []);
  await context.close();
});

test('Content-Security-Policy: no script but our own, no eval, no text as HTML, no other host', async () => {
  const chat = await open();
  const result = await chat.page.evaluate(async () => {
    const attempt = async (work) => {
      try {
        await work();
        return 'done';
      } catch (error) {
        return error.name;
      }
    };
    const outcome = {
      html: await attempt(() => { document.createElement('div').innerHTML = '<b>x</b>'; }),
      source: await attempt(() => { document.createElement('script').src = '/robots.txt'; }),
      policy: await attempt(() => trustedTypes.createPolicy('own', {})),
      fetch: await attempt(() => fetch('https://127.0.0.1:1/')),
    };
    // In a task of its own: the debugger that runs this function may evaluate what the page itself may not.
    await new Promise((resolve) => setTimeout(async () => {
      outcome.evaluated = await attempt(() => { globalThis.ranEval = (0, eval)('1 + 1'); });
      outcome.constructed = await attempt(() => { globalThis.ranFunction = new Function('return 2')(); });
      outcome.delayed = await attempt(() => { setTimeout('globalThis.ranLater = true', 0); });
      resolve();
    }, 0));
    await new Promise((resolve) => setTimeout(resolve, 0));
    const ran = [globalThis.ranEval, globalThis.ranFunction, globalThis.ranLater].filter((value) => value !== undefined);
    const button = document.createElement('button');
    // Newer browsers refuse the attribute already (Trusted Types), older ones to run it.
    const handler = await attempt(() => button.setAttribute('onclick', 'globalThis.ranInline = true'));
    document.body.append(button);
    button.click();
    button.remove();
    const frame = document.createElement('iframe');
    frame.src = '/';
    document.body.append(frame);
    return { outcome, handler, ran, ranInline: globalThis.ranInline };
  });
  assert.deepEqual(result.outcome, {
    html: 'TypeError', source: 'TypeError', policy: 'TypeError', fetch: 'TypeError', evaluated: 'EvalError', constructed: 'EvalError',
    delayed: 'TypeError',
  });
  assert.deepEqual(result.ran, []);
  assert.equal(result.ranInline, undefined);
  await chat.until('a report of each', (wanted) => wanted.every((directive) => globalThis.violations.includes(directive)),
    ['require-trusted-types-for', 'trusted-types', 'connect-src', 'frame-src', ...(result.handler === 'done' ? ['script-src-attr'] : [])]);
});

test('Permissions-Policy, Referrer-Policy and nosniff are in force', async () => {
  const chat = await open();
  const allowed = await chat.page.evaluate(() =>
    ['camera', 'microphone', 'geolocation', 'payment', 'usb'].filter((feature) => document.featurePolicy.allowsFeature(feature)));
  assert.deepEqual(allowed, []);
  const [request] = await Promise.all([
    chat.page.waitForRequest(/robots\.txt/),
    chat.page.evaluate(() => fetch('/robots.txt')),
  ]);
  assert.equal((await request.allHeaders()).referer, undefined);
  assert.equal((await (await request.response()).allHeaders())['x-content-type-options'], 'nosniff');
});

test('nosniff: a file that is no script is none, whatever asks for it', async () => {
  const chat = await open();
  const [page, style] = await Promise.all([
    chat.page.content(), chat.page.locator('link[rel=stylesheet]').getAttribute('href'),
  ]);
  assert.match(page, /<script src="\/assets\//);
  const refused = chat.page.waitForEvent('console', (message) => /strict MIME type checking/.test(message.text()));
  // A parser's script element needs no Trusted Type.
  await chat.page.route('**/r/sniffed', (route) => route.fulfill({
    status: 200, headers: { 'content-type': 'text/html' }, body: `<!doctype html><script src="${style}"></script>`,
  }));
  await chat.page.goto(`${origin}/r/sniffed`);
  await refused;
});

test('another site neither frames the page, nor loads its files, nor holds its window', async () => {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const context = await browser();
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const loaded = await page.evaluate(async (site) => {
      const image = (source) => new Promise((resolve) => {
        const element = new Image();
        element.onload = () => resolve('loaded');
        element.onerror = () => resolve('refused');
        element.src = source;
      });
      return { image: await image(`${site}/icon-192.png`), fetched: await fetch(`${site}/robots.txt`, { mode: 'no-cors' }).then(() => 'loaded', () => 'refused') };
    }, origin);
    assert.deepEqual(loaded, { image: 'refused', fetched: 'refused' }); // Cross-Origin-Resource-Policy
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate((site) => { globalThis.held = open(`${site}/`); }, origin),
    ]);
    await new ChatPage(popup).untilConnected();
    assert.equal(await popup.evaluate(() => opener), null); // Cross-Origin-Opener-Policy
    assert.equal(await page.evaluate(() => globalThis.held.closed), true);
    const framed = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
    await page.evaluate((site) => {
      const frame = document.createElement('iframe');
      frame.src = `${site}/`;
      document.body.append(frame);
    }, origin);
    await framed;
  } finally {
    await context.close();
    await new Promise((resolve) => server.close(resolve));
  }
});
