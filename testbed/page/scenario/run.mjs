// Plays every scenario in a real Chromium and prints, as JSON, what became of each: its name, and what was wrong with it.
//
//   node run.mjs '{"shop": "http://127.0.0.1:1/", "hostile": "…", …}' /usr/bin/chromium [ONLY] [SHOTS]
//
// ONLY is a piece of the names of those to play; SHOTS is a folder for screenshots, which people look at.

import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { accessibility } from './accessibility.mjs';
import { asking } from './asking.mjs';
import { hostile } from './hostile.mjs';
import { keyboard } from './keyboard.mjs';
import { looks } from './looks.mjs';
import { maps } from './maps.mjs';
import { states } from './states.mjs';
import { views } from './views.mjs';
import { visitor } from './visitor.mjs';

/** How many scenarios play at the same time, each a visitor of its own. */
const visitors = 2;

const [servers, executablePath, only = '', shots = ''] = process.argv.slice(2);
const origins = JSON.parse(servers);
if (shots) mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath,
  headless: true,
  timeout: 60_000,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

// The longest first, so that the others fill the gaps.
const scenarios = [accessibility, hostile, looks, states, asking, keyboard, maps, views]
  .flatMap(Object.entries)
  .filter(([name]) => name.includes(only));
const results = [];

async function play([name, act], i) {
  const visit = visitor(browser, origins, shots);
  const began = Date.now();
  let wrong = '';
  try {
    await act(visit);
    await visit.check();
  } catch (error) {
    wrong = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  await visit.leave();
  visit.notes.push(`${((Date.now() - began) / 1000).toFixed(1)} s`);
  results[i] = { name, wrong, notes: visit.notes };
}

const waiting = scenarios.entries();
try {
  await Promise.all(Array.from({ length: visitors }, async () => {
    for (const [i, scenario] of waiting) await play(scenario, i); // all take from the same list
  }));
} finally {
  await browser.close();
}
console.log(JSON.stringify(results));
