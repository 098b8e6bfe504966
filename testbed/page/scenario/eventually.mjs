// What a page shows comes when the machine gets to it: every look at it is repeated until it is right, or the limit is over.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Far beyond what the slowest machine takes; only what never comes takes as long. */
export const limit = 40_000;

/** Repeats a check until it passes, and returns what it returned. */
export async function eventually(check) {
  const end = Date.now() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(30);
  }
}

/** The locator has this many elements in the end. */
export const counts = (locator, wanted, message) =>
  eventually(async () => assert.equal(await locator.count(), wanted, message ?? `elements of ${locator}`));

/** The text of the locator's element matches in the end. */
export const says = (locator, pattern, message) =>
  eventually(async () => assert.match(await locator.innerText(), pattern, message));

export const attribute = (locator, name, wanted, message) =>
  eventually(async () => assert.equal(await locator.getAttribute(name), wanted, message));

export const holds = (locator, wanted) => eventually(async () => assert.equal(await locator.inputValue(), wanted));

export const address = (page, pattern) => eventually(async () => assert.match(page.url(), pattern));

/** The focus comes to an element that matches. */
export const focuses = (page, selector, message = `the focus comes to ${selector}`) =>
  eventually(async () => assert.ok(await page.evaluate((s) => document.activeElement.matches(s), selector), message));
