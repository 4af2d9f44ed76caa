// A plot as SVG: lines over a logarithmic x axis, the y axis from zero.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { resultsFolder } from './results.mjs';

const kWidth = 720;
const kHeight = 380;
const kLeft = 70;
const kRight = 20;
const kTop = 50;
const kBottom = 50;
const kColors = ['#1d6fb8', '#c4541a', '#2e7d32', '#6a3fa0'];

const escape = (text) => String(text).replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
const text = (x, y, words, more = '') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escape(words)}</text>`;

// The least of 1, 2 and 5 times a power of ten that is not below `value`.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value) * power;
}

// `series`: [{name, points: [[x, y], …]}], x above 0. Returns the SVG's text.
export function draw({ title, xTitle, yTitle, series }) {
  const points = series.flatMap((one) => one.points);
  const xs = points.map(([x]) => Math.log10(x));
  const [first, last] = [Math.floor(Math.min(...xs)), Math.ceil(Math.max(...xs))];
  const top = roundUp(Math.max(...points.map(([, y]) => y), Number.MIN_VALUE));
  const x = (value) => kLeft + ((Math.log10(value) - first) / Math.max(1, last - first)) * (kWidth - kLeft - kRight);
  const y = (value) => kHeight - kBottom - (value / top) * (kHeight - kTop - kBottom);
  const parts = [text(kLeft, 22, title, 'font-size="15" font-weight="bold"')];
  for (let step = 0; step <= 5; ++step) {
    const value = (top * step) / 5;
    parts.push(`<line x1="${kLeft}" x2="${kWidth - kRight}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`);
    parts.push(text(kLeft - 6, y(value) + 4, Number(value.toPrecision(3)).toLocaleString('en-US'), 'text-anchor="end"'));
  }
  for (let power = first; power <= last; ++power) {
    parts.push(text(x(10 ** power), kHeight - kBottom + 18, (10 ** power).toLocaleString('en-US'), 'text-anchor="middle"'));
  }
  parts.push(text((kLeft + kWidth - kRight) / 2, kHeight - 10, xTitle, 'text-anchor="middle"'), text(kLeft - 60, kTop - 10, yTitle));
  series.forEach((one, index) => {
    const color = kColors[index % kColors.length];
    const line = one.points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
    parts.push(`<polyline points="${line}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const [px, py] of one.points) parts.push(`<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3.5" fill="${color}"/>`);
    parts.push(text(kWidth - kRight, kTop - 10 + 16 * index, one.name, `text-anchor="end" fill="${color}"`));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${kWidth} ${kHeight}" font-family="sans-serif" font-size="12">\n` +
    `<rect width="${kWidth}" height="${kHeight}" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`;
}

// Into build/bench/NAME.svg.
export async function plot(name, what) {
  await mkdir(resultsFolder, { recursive: true });
  const file = join(resultsFolder, `${name}.svg`);
  await writeFile(file, draw(what));
  console.log(`\nPlot: build/bench/${name}.svg`);
}
