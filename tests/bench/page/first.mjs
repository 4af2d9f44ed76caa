// How long a person waits for a room of 100 messages: from the start of the navigation until the first message is
// painted, as the browser itself tells it (Element Timing), with an empty cache and on a second visit.
import { openTab, withBrowser } from './browser.mjs';

// Runs in the page before anything else: marks the first message's text for Element Timing when it is inserted, which
// is before it is painted, and keeps when it was.
function watchFirstMessage() {
  globalThis.firstMessageMs = new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => resolve(list.getEntries()[0].renderTime));
    observer.observe({ type: 'element', buffered: true });
  });
  const watch = new MutationObserver(() => {
    const text = document.querySelector('li.row .body');
    if (text === null) return;
    watch.disconnect();
    text.setAttribute('elementtiming', 'first message');
    performance.mark('first message inserted');
  });
  watch.observe(document, { childList: true, subtree: true });
}

// When things came about, in ms since the navigation's start.
async function visit(page, url) {
  await page.goto(url);
  return page.evaluate(async () => {
    const paintedMs = await globalThis.firstMessageMs;
    const [navigation] = performance.getEntriesByType('navigation');
    const resource = (ending) => performance.getEntriesByType('resource').find(({ name }) => name.endsWith(ending));
    return {
      painted_ms: paintedMs,
      html_ms: navigation.responseEnd,
      script_ms: resource('.js')?.responseEnd,
      wasm_ms: resource('.wasm')?.responseEnd,
      inserted_ms: performance.getEntriesByName('first message inserted')[0].startTime,
    };
  });
}

// {first, second}: of one browser that has never been used before.
export function measureVisits(url) {
  return withBrowser(async (context) => {
    await context.addInitScript(watchFirstMessage);
    const page = await openTab(context);
    const first = await visit(page, url);
    await page.waitForTimeout(1_000); // the browser stores what it compiled
    await page.goto('about:blank');
    const second = await visit(page, url);
    return { first, second };
  });
}
