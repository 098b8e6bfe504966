// A visitor opens pages and is watched while doing so: no request may leave the origin, no script of telemetry may run, no
// policy may be violated, nothing may fail unseen.

import assert from 'node:assert/strict';
import { join } from 'node:path';

const timeout = 15_000;

export function visitor(browser, origins, shots) {
  const contexts = [];
  const faults = [];
  const notes = [];
  const expected = []; // patterns of faults that a scenario provokes

  async function open(place, { server = 'shop', language = 'en', width = 1280, height = 900, dark = false } = {}) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      locale: language === 'ko' ? 'ko-KR' : 'en-US',
      reducedMotion: 'reduce',
    });
    contexts.push(context);
    context.setDefaultTimeout(timeout);
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
    await page.goto(origins[server] + place);
    await page.locator('#ask').waitFor();
    return page;
  }

  return {
    open,
    notes,
    origins,
    expect: (pattern) => expected.push(pattern),
    /** Closes a page; what violated its policy is a fault. */
    async close(page) {
      for (const violation of await page.evaluate(() => window.violations)) faults.push(`the policy was violated: ${violation}`);
      contexts.splice(contexts.indexOf(page.context()), 1);
      await page.context().close();
    },
    shoot: (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: false }),
    check() {
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
