// A visitor opens pages and is watched while doing so: no request may leave the origin, no script of telemetry may run, no
// policy may be violated, nothing may fail unseen.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { limit } from './eventually.mjs';

/** How much slower than it is the page shall believe the machine to be. */
const throttle = Number(process.env.PAGE_THROTTLE ?? 1);

export function visitor(browser, origins, shots) {
  const contexts = [];
  const faults = [];
  const notes = [];
  const expected = []; // patterns of faults that a scenario provokes

  async function enter({ server = 'shop', language = 'en', width = 1280, height = 900, dark = false } = {}) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      locale: language === 'ko' ? 'ko-KR' : 'en-US',
      reducedMotion: 'reduce',
    });
    contexts.push(context);
    context.setDefaultTimeout(limit);
    const origin = new URL(origins[server]).origin;
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) faults.push(`a request left the origin: ${request.url()}`);
    });
    await context.addInitScript(() => {
      window.violations = [];
      document.addEventListener('securitypolicyviolation', (e) => window.violations.push(`${e.violatedDirective}: ${e.blockedURI}`));
    });
    const page = await context.newPage();
    page.on('dialog', (dialog) => {
      faults.push(`a dialog opened: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => faults.push(`the page failed: ${error.message}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(`the console says: ${message.text()}`);
    });
    if (throttle > 1) {
      const session = await context.newCDPSession(page);
      await session.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    }
    return page;
  }

  /** Opens a place as a new visitor. */
  async function open(place, options = {}) {
    const page = await enter(options);
    await page.goto(origins[options.server ?? 'shop'] + place);
    await page.locator('#ask').waitFor();
    return page;
  }

  /** What violated the policy since the page was loaded is a fault. */
  async function inspect(page) {
    for (const violation of await page.evaluate(() => window.violations)) faults.push(`the policy was violated: ${violation}`);
  }

  return {
    open,
    notes,
    origins,
    expect: (pattern) => expected.push(pattern),
    /** Loads one place after the other in one window, which is faster than a visitor for each, and looks at each. */
    async tour(places, options, look) {
      const page = await enter(options);
      for (const [i, place] of places.entries()) {
        await page.goto(`${origins[options.server ?? 'shop']}?${i}${place}`); // the number makes it a load of its own
        await page.locator('#ask').waitFor();
        await settled(page);
        await look(page, place);
        await inspect(page);
      }
      await page.context().close();
      contexts.splice(contexts.indexOf(page.context()), 1);
    },
    async shoot(page, name) {
      if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
    },
    async check() {
      for (const context of contexts) for (const page of context.pages()) await inspect(page);
      const left = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
      assert.deepEqual(left, []);
    },
    async leave() {
      await Promise.all(contexts.map((context) => context.close()));
    },
  };
}

export const question = (text) => `#/ask?q=${encodeURIComponent(text)}`;

/** The headline of the answer that is shown, once it is. */
export async function headline(page) {
  return (await page.locator('.answer .headline').innerText()).trim();
}

/** Waits until a condition on the page holds. */
export const until = (page, condition, argument) => page.waitForFunction(condition, argument);

/** Waits until a view has loaded what it shows, and drawn it. */
export const settled = (page) =>
  until(page, () => {
    const main = document.querySelector('main');
    return main?.children.length > 0
      && !main.querySelector('.loading')
      && (!main.querySelector('.welcome') || main.querySelector('.welcome .chip, [role=alert]'))
      && [...main.querySelectorAll('.plot')].every((plot) => plot.querySelector('canvas'));
  });
