// What a page shows when there is nothing, not yet, or not any more.

import assert from 'node:assert/strict';
import { eventually, says } from './eventually.mjs';
import { headline, question } from './visitor.mjs';

export const states = {
  async 'an empty install shows the way in and counts what arrives'(visit) {
    const page = await visit.open('', { server: 'empty', language: 'ko' });
    const card = page.locator('.empty-install');
    await says(card, /http:\/\/127\.0\.0\.1:4318/);
    await says(card.locator('pre'), /^curl .*\/v1\/traces .*service\.name/s);
    await says(card, /기다리는 중/);
    await visit.shoot(page, 'empty');
    assert.equal((await fetch(`${visit.origins.empty}fixture/arrive`, { method: 'POST' })).status, 204);
    await page.locator('.waiting.arrived').waitFor();
    const spans = () => page.locator('.arrivals dd').first().innerText();
    const first = await spans();
    await eventually(async () => assert.notEqual(await spans(), first));
  },

  async 'a history that does not answer is told, and asked again'(visit) {
    visit.expect(/503/);
    await visit.tour([question('why'), '#/sessions', '#/incidents', '#/reports', '#/approvals', '#/now', ''], { server: 'down' },
      (page, place) => says(page.locator('[role=alert]').first(), /history does not answer/, place));
    const page = await visit.open(question('why'), { server: 'down' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[role=alert]').waitFor();
  },

  async 'a collector out of reach is told, and found again'(visit) {
    visit.expect(/ERR_INTERNET_DISCONNECTED|Failed to load/);
    const page = await visit.open('#/reports');
    await page.locator('.item').first().waitFor();
    await page.context().setOffline(true);
    await page.fill('#ask', 'compare');
    await page.press('#ask', 'Enter');
    await says(page.locator('[role=alert]'), /cannot be reached/);
    await visit.shoot(page, 'offline');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await headline(page);
  },

  async 'while an answer is looked for the page says so'(visit) {
    const page = await visit.open('');
    let release;
    const released = new Promise((done) => (release = done));
    await page.route('**/api/v1/ask', async (route) => {
      await released;
      await route.continue();
    });
    await page.fill('#ask', 'compare');
    await page.press('#ask', 'Enter');
    await page.locator('.loading').waitFor();
    await says(page.locator('[role=status]').first(), /Looking/);
    await visit.shoot(page, 'loading');
    release();
    await headline(page);
  },

  async 'a token of before a restart is replaced unseen'(visit) {
    visit.expect(/403/);
    const page = await visit.open('#/reports');
    await page.locator('.item').first().waitFor();
    let first = true;
    await page.route('**/api/v1/reports', async (route) => {
      const request = route.request();
      if (request.method() !== 'POST' || !first) return route.continue();
      first = false;
      await route.continue({ headers: { ...request.headers(), 'x-braid-token': 'old' } });
    });
    await page.getByRole('button', { name: 'Write' }).click();
    await page.locator('iframe.report').waitFor();
  },
};
