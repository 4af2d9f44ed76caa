// Lighthouse's scores of a room, as a phone on a slow network (its default) and as a desktop see it. It is heavy, so it
// has a package.json of its own here.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { kChromium, kFlags } from './browser.mjs';

const folder = fileURLToPath(new URL('./', import.meta.url));
export const kCategories = ['performance', 'accessibility', 'best-practices'];
export const kForms = ['phone', 'desktop'];

// npm's packages as the lock file fixes them; nothing to do while that is the same.
function installPackages() {
  const [lock, stamp] = ['package-lock.json', 'node_modules/.parley-lock'].map((name) => join(folder, name));
  if (existsSync(stamp) && readFileSync(lock).equals(readFileSync(stamp))) return;
  const words = ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', words, { stdio: ['ignore', 2, 2] });
  cpSync(lock, stamp);
}

// {scores: {category: 0 to 100}, metrics: {name: ms}, short: [audits below the full score]}. Lighthouse sometimes
// misses the start of a trace and says so: then once more.
export async function measureLighthouse(url, form) {
  installPackages();
  const { default: lighthouse, desktopConfig } = await import('lighthouse');
  for (let triesLeft = 4; ; --triesLeft) {
    const lhr = await run(lighthouse, url, form === 'desktop' ? desktopConfig : undefined);
    if (!lhr.runtimeError) return summary(lhr);
    if (triesLeft === 0) throw new Error(`Lighthouse: ${lhr.runtimeError.message}`);
  }
}

async function run(lighthouse, url, config) {
  const { launch } = await import('chrome-launcher');
  const chrome = await launch({ chromePath: kChromium, chromeFlags: kFlags });
  try {
    const flags = { port: chrome.port, onlyCategories: kCategories, logLevel: 'error' };
    const { lhr } = await lighthouse(url, flags, config);
    return lhr;
  } finally {
    chrome.kill();
  }
}

function summary({ audits, categories }) {
  const value = (audit) => Math.round(audits[audit].numericValue);
  return {
    scores: Object.fromEntries(kCategories.map((name) => [name, Math.round(100 * categories[name].score)])),
    metrics: {
      first_contentful_paint_ms: value('first-contentful-paint'),
      largest_contentful_paint_ms: value('largest-contentful-paint'),
      total_blocking_ms: value('total-blocking-time'),
      speed_index_ms: value('speed-index'),
      layout_shift: audits['cumulative-layout-shift'].numericValue,
    },
    short: kCategories.flatMap((name) => categories[name].auditRefs)
      .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
      .map(({ id }) => `${id} ${audits[id].score}`),
  };
}
