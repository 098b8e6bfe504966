// Plays every scenario in a real Chromium and prints, as JSON, what became of each: its name, and what was wrong with it.
//
//   node run.mjs '{"shop": "http://127.0.0.1:1/", "hostile": "…", …}' /usr/bin/chromium SHOTS [ONLY]
//
// SHOTS is the folder for screenshots, which people look at; ONLY is a piece of the names of those to play.

import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { accessibility } from './accessibility.mjs';
import { asking } from './asking.mjs';
import { hostile } from './hostile.mjs';
import { keyboard } from './keyboard.mjs';
import { looks } from './looks.mjs';
import { states } from './states.mjs';
import { views } from './views.mjs';
import { visitor } from './visitor.mjs';

const [origins, executablePath, shots, only = ''] = process.argv.slice(2);
mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath,
  headless: true,
  timeout: 30_000,
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

const results = [];
try {
  for (const scenarios of [asking, keyboard, looks, views, states, hostile, accessibility]) {
    for (const [name, play] of Object.entries(scenarios)) {
      if (!name.includes(only)) continue;
      const visit = visitor(browser, JSON.parse(origins), shots);
      const began = Date.now();
      let wrong = '';
      try {
        await play(visit);
        visit.check();
      } catch (error) {
        wrong = error instanceof Error ? (error.stack ?? error.message) : String(error);
      }
      await visit.leave();
      visit.notes.push(`${((Date.now() - began) / 1000).toFixed(1)} s`);
      results.push({ name, wrong, notes: visit.notes });
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(results));
