// A room in which many write: frames a second, and what a frame costs the main thread.
import { openTab, withBrowser } from './browser.mjs';
import { Writers } from './room.mjs';
import { mainThreadWork, record } from './trace.mjs';

// Counts the frames that the page gets to draw, from requestAnimationFrame's own times.
function startCounting() {
  const times = [];
  const tick = (time) => {
    times.push(time);
    globalThis.frameTimes = times;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

// `perSecond` messages of 100 bytes a second for `seconds`, in a room that already has a history.
export function measureRate(system, room, { perSecond = 200, seconds = 10 } = {}) {
  return withBrowser(async (context) => {
    const page = await openTab(context);
    await page.goto(`http://localhost:${system.gateways[0].port}/r/${room}`);
    await page.locator('#status', { hasText: /^Connected$/ }).waitFor();
    const writers = await Writers.connect(system.gateways[0], room, 4);
    await writers.run(perSecond, perSecond * 2); // what is compiled on the way is compiled
    await page.evaluate(startCounting);
    const session = await context.newCDPSession(page);
    let shown;
    const events = await record(session, async () => {
      await page.evaluate(() => performance.mark('measured begin'));
      const before = await lastShown(page);
      await writers.run(perSecond, perSecond * seconds);
      await page.evaluate(() => performance.mark('measured end'));
      shown = (await lastShown(page)) - before;
    });
    const times = await page.evaluate(() => globalThis.frameTimes);
    await writers.end();
    return { ...summary(mainThreadWork(events, 'measured')), ...frameSteps(times), shown_per_second: shown / seconds };
  });
}

// The number of the last message on screen: `message NUMBER …`.
const lastShown = (page) =>
  page.evaluate(() => {
    const text = [...document.querySelectorAll('li.row .body')].at(-1).textContent;
    return Number(/message (\d+)/.exec(text)?.[1] ?? 0);
  });

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

function summary({ seconds, slots }) {
  const cpu = slots.map(({ cpu_ms }) => cpu_ms).sort((a, b) => a - b);
  const wall = slots.map(({ wall_ms }) => wall_ms).sort((a, b) => a - b);
  return {
    seconds,
    cpu_ms_median: at(cpu, 0.5),
    cpu_ms_mean: cpu.reduce((sum, ms) => sum + ms, 0) / cpu.length,
    cpu_ms_p95: at(cpu, 0.95),
    wall_ms_median: at(wall, 0.5),
    wall_ms_p95: at(wall, 0.95),
  };
}

function frameSteps(times) {
  const steps = times.slice(1).map((time, index) => time - times[index]);
  const span = (times.at(-1) - times[0]) / 1000;
  const late = steps.filter((step) => step > 25);
  return { frames_per_second: steps.length / span, late_frames: late.length, frames: steps.length };
}
