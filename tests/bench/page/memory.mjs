// A page that is open for long in a busy room: does it need more and more?
import { openTab, withBrowser } from './browser.mjs';
import { Writers } from './room.mjs';

// Runs in the page before anything else: keeps the program's memory where it can be asked for.
function keepMemory() {
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...words) => {
    const result = await instantiate.apply(WebAssembly, words);
    globalThis.wasmMemory = Object.values(result.instance.exports).find((value) => value instanceof WebAssembly.Memory);
    return result;
  };
}

async function sample(page, session) {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name) => metrics.find((entry) => entry.name === name).value;
  return {
    js_bytes: metric('JSHeapUsedSize'), nodes: metric('Nodes'), listeners: metric('JSEventListeners'),
    wasm_bytes: await page.evaluate(() => globalThis.wasmMemory.buffer.byteLength),
  };
}

// `total` messages at `perSecond`, with `samples` looks at what the page holds.
export function measureMemory(system, room, { total = 100_000, perSecond = 1_000, samples = 20 } = {}) {
  return withBrowser(async (context) => {
    await context.addInitScript(keepMemory);
    const page = await openTab(context);
    await page.goto(`http://localhost:${system.gateways[0].port}/r/${room}`);
    await page.locator('#status', { hasText: /^Connected$/ }).waitFor();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    const writers = await Writers.connect(system.gateways[0], room, 32);
    const taken = [];
    for (let part = 1; part <= samples; ++part) {
      await writers.run(perSecond, total / samples);
      await page.locator('li.row', { hasText: `message ${writers.sent} ` }).waitFor({ timeout: 60_000 });
      taken.push({ messages: writers.sent, ...(await sample(page, session)) });
    }
    await writers.end();
    return taken;
  });
}
