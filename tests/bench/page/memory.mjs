// A page that is open for long in a busy room: does it need more and more?
import { openTab, withBrowser } from './browser.mjs';
import { Writers } from './room.mjs';

async function sample(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name) => metrics.find((entry) => entry.name === name).value;
  return { js_bytes: metric('JSHeapUsedSize'), nodes: metric('Nodes'), listeners: metric('JSEventListeners'), wasm_bytes: await wasmBytes(session) };
}

// Of all WebAssembly memories in the page.
async function wasmBytes(session) {
  const group = 'memories';
  const { result } = await session.send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype', objectGroup: group });
  const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: result.objectId, objectGroup: group });
  const { result: sum } = await session.send('Runtime.callFunctionOn', {
    functionDeclaration: 'function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }',
    objectId: objects.objectId, returnByValue: true,
  });
  await session.send('Runtime.releaseObjectGroup', { objectGroup: group });
  return sum.value;
}

// `total` messages at `perSecond`, with `samples` looks at what the page holds; the first one after a tenth of them.
export function measureMemory(system, room, { total = 100_000, perSecond = 1_000, samples = 10 } = {}) {
  return withBrowser(async (context) => {
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
      taken.push({ messages: writers.sent, ...(await sample(session)) });
    }
    await writers.end();
    return taken;
  });
}
