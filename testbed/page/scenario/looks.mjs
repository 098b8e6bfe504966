// Phone width, dark, tables in place of charts.

import assert from 'node:assert/strict';
import { headline, question, until } from './visitor.mjs';

const places = ['', question('compare'), question('busiest region'), question('connected'), '#/now', '#/sessions', '#/sessions/s-0002', '#/traces/4bf92f3577b34da6a3ce929d0e0e4736', '#/incidents', '#/incidents/inc-20261118-1', '#/reports', '#/reports/r-2026-46-ops', '#/approvals'];

const settled = (page) => until(page, () => !document.querySelector('.loading') && document.querySelector('main')?.children.length > 0);

export const looks = {
  async 'every view fits a phone'(visit) {
    for (const language of ['ko', 'en']) {
      for (const place of places) {
        const page = await visit.open(place, { language, width: 360, height: 740 });
        await settled(page);
        const [wide, outside] = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          [...document.querySelectorAll('main *')].filter((e) => e.checkVisibility() && !e.closest('.table-scroll, .visually-hidden, svg, pre, .u-wrap')
            && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80)),
        ]);
        assert.equal(wide, 360, `${place} in ${language} is wider than the phone`);
        assert.deepEqual(outside, [], place);
        await visit.shoot(page, `phone-${language}-${places.indexOf(place)}`);
        await visit.close(page);
      }
    }
  },

  async 'dark follows the system, and the reader'(visit) {
    const page = await visit.open(question('compare'), { dark: true });
    await headline(page);
    const back = () => page.evaluate(() => getComputedStyle(document.body.parentElement).backgroundColor);
    assert.equal(await back(), 'rgb(16, 18, 22)');
    await visit.shoot(page, 'dark');
    await page.getByRole('button', { name: /^Theme/ }).click();
    assert.equal(await back(), 'rgb(247, 247, 245)', 'light by choice');
    await page.getByRole('button', { name: /^Theme/ }).click();
    assert.equal(await back(), 'rgb(16, 18, 22)', 'dark by choice');
    await page.reload();
    await headline(page);
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark', 'the choice is kept');
  },

  async 'the reader changes the language'(visit) {
    const page = await visit.open('#/sessions');
    await page.getByRole('button', { name: '한국어' }).click();
    await until(page, () => document.querySelector('h1').textContent === '세션');
    assert.equal(await page.locator('html').getAttribute('lang'), 'ko');
    await page.reload();
    await until(page, () => document.querySelector('h1')?.textContent === '세션');
  },

  async 'every chart is a table too'(visit) {
    for (const [text, kinds] of [['compare', 2], ['busiest region', 1], ['slower since deploy', 1], ['servers', 1]]) {
      const page = await visit.open(question(text));
      await headline(page);
      assert.equal(await page.locator('.chart').count(), kinds, text);
      for (let i = 0; i < kinds; i++) {
        const chart = page.locator('.chart').nth(i);
        await chart.getByRole('button', { name: 'Table' }).click();
        assert.ok((await chart.locator('tbody tr').count()) >= 3, text);
        assert.match(await chart.locator('tbody tr').nth(1).innerText(), /\d/);
      }
      if (text === 'compare') await visit.shoot(page, 'tables');
    }
  },

  async 'nothing that arrives late moves what is being read'(visit) {
    const page = await visit.open(question('compare'));
    await headline(page);
    await page.waitForTimeout(500);
    const shift = await page.evaluate(() => new Promise((done) => {
      let sum = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((e) => (sum += e.value))).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => done(sum), 200);
    }));
    visit.notes.push(`cumulative layout shift ${shift.toFixed(3)}`);
    assert.ok(shift < 0.25, `layout shift of ${shift}`);
  },
};
