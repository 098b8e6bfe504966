// Phone width, dark, tables in place of charts.

import assert from 'node:assert/strict';
import { attribute, counts, eventually, says } from './eventually.mjs';
import { headline, question, settled } from './visitor.mjs';

const places = ['', question('compare'), question('busiest region'), question('connected'), question('service map'), question('runbook'), question('slow'), '#/now', '#/sessions', '#/sessions/s-0002', '#/traces/4bf92f3577b34da6a3ce929d0e0e4736', '#/incidents', '#/incidents/inc-20261118-1', '#/reports', '#/reports/r-2026-46-ops', '#/approvals'];

export const looks = {
  async 'every view fits a phone'(visit) {
    for (const language of ['ko', 'en']) {
      await visit.tour(places, { language, width: 360, height: 740 }, async (page, place) => {
        await eventually(async () => {
          const [wide, outside] = await page.evaluate(() => [
            document.documentElement.scrollWidth,
            [...document.querySelectorAll('main *')].filter((e) => e.checkVisibility() && !e.closest('.table-scroll, .visually-hidden, svg, pre, .u-wrap')
              && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80)),
          ]);
          assert.equal(wide, 360, `${place} in ${language} is wider than the phone`);
          assert.deepEqual(outside, [], place);
        });
        await visit.shoot(page, `phone-${language}-${places.indexOf(place)}`);
      });
    }
  },

  async 'dark follows the system, and the reader'(visit) {
    const page = await visit.open(question('compare'), { dark: true });
    await headline(page);
    const back = (wanted, message) => eventually(async () =>
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), wanted, message));
    await back('rgb(16, 18, 22)');
    await visit.shoot(page, 'dark');
    await page.getByRole('button', { name: /^Theme/ }).click();
    await back('rgb(247, 247, 245)', 'light by choice');
    await page.getByRole('button', { name: /^Theme/ }).click();
    await back('rgb(16, 18, 22)', 'dark by choice');
    await page.reload();
    await headline(page);
    await attribute(page.locator('html'), 'data-theme', 'dark', 'the choice is kept');
  },

  async 'the reader changes the language'(visit) {
    const page = await visit.open('#/sessions');
    await page.getByRole('button', { name: '한국어' }).click();
    await says(page.locator('h1'), /^세션$/);
    await attribute(page.locator('html'), 'lang', 'ko');
    await page.reload();
    await says(page.locator('h1'), /^세션$/);
  },

  async 'every chart is a table too'(visit) {
    const charts = new Map([['compare', 2], ['busiest region', 1], ['slower since deploy', 1], ['servers', 1], ['service map', 1]].map(([text, n]) => [question(text), n]));
    await visit.tour([...charts.keys()], {}, async (page, place) => {
      await counts(page.locator('.chart'), charts.get(place), place);
      for (const chart of await page.locator('.chart').all()) {
        await chart.getByRole('button', { name: 'Table' }).click();
        await says(chart.locator('tbody tr').nth(2), /\d/, place);
      }
      if (place === question('compare')) await visit.shoot(page, 'tables');
    });
  },

  async 'nothing that arrives late moves what is being read'(visit) {
    const page = await visit.open(question('compare'));
    await settled(page);
    const shift = await page.evaluate(() => new Promise((done) => {
      let sum = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((e) => (sum += e.value))).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => done(sum), 200);
    }));
    visit.notes.push(`cumulative layout shift ${shift.toFixed(3)}`);
    assert.ok(shift < 0.25, `layout shift of ${shift}`);
  },
};
