// Sessions, traces, incidents, reports, approvals, and the present.

import assert from 'node:assert/strict';
import { headline, until } from './visitor.mjs';

export const views = {
  async 'sessions are filtered, paged and opened'(visit) {
    const page = await visit.open('#/sessions');
    await page.locator('tbody tr').first().waitFor();
    assert.equal(await page.locator('tbody tr').count(), 50);
    await page.getByRole('button', { name: 'Show more' }).click();
    await until(page, () => document.querySelectorAll('tbody tr').length === 60);
    await page.fill('input[name=region]', 'busan');
    await page.check('input[name=open]');
    await page.getByRole('button', { name: 'Apply' }).click();
    await until(page, () => document.querySelectorAll('tbody tr').length < 50);
    assert.match(page.url(), /region=busan.*open=true|open=true.*region=busan/);
    for (const row of await page.locator('tbody tr').allInnerTexts()) assert.match(row, /busan.*open/s);
    await visit.shoot(page, 'sessions');
    await page.getByRole('link', { name: 'Clear' }).click();
    await until(page, () => document.querySelectorAll('tbody tr').length === 50);
    assert.equal(await page.inputValue('input[name=region]'), '');
  },

  async 'a session shows its timeline and its traces as waterfalls'(visit) {
    const page = await visit.open('#/sessions/s-0002', { language: 'ko' });
    await page.locator('.timeline').waitFor();
    assert.equal(await page.locator('.timeline rect.bar').count(), 8);
    assert.equal(await page.locator('.timeline path.diamond').count(), 4);
    const times = await page.locator('.events time').evaluateAll((list) => list.map((t) => t.getAttribute('datetime')));
    assert.deepEqual(times, [...times].sort(), 'events in order of time');
    await page.locator('.event.trace.failed button.event-row').click();
    await page.locator('.step').first().waitFor();
    assert.equal(await page.locator('.step').count(), 9);
    const bars = await page.locator('.step-bar').evaluateAll((list) => list.map((svg) => {
      const bar = svg.querySelector('[class^=tone]').getBoundingClientRect(), all = svg.getBoundingClientRect();
      return { from: (bar.left - all.left) / all.width, length: bar.width / all.width };
    }));
    assert.ok(Math.abs(bars[6].from - 122 / 846) < 0.02 && Math.abs(bars[6].length - 610 / 846) < 0.02, 'bars lie where their steps were');
    await page.locator('.step > button').nth(4).click();
    assert.match(await page.locator('.step-more').innerText(), /pool exhausted/);
    await visit.shoot(page, 'session');
    await page.locator('.waterfall').getByRole('button', { name: '표' }).click();
    assert.equal(await page.locator('.waterfall tbody tr').count(), 9);
  },

  async 'an unknown session says so'(visit) {
    visit.expect(/404/);
    const page = await visit.open('#/sessions/none');
    assert.match(await page.locator('[role=alert]').innerText(), /Not found/);
  },

  async 'an incident tells cause and impact'(visit) {
    const page = await visit.open('#/incidents');
    assert.equal(await page.locator('.item').count(), await page.locator('.item').count());
    await page.getByRole('link', { name: 'Resolved' }).click();
    await until(page, () => document.querySelectorAll('.item').length === 2);
    await page.getByRole('link', { name: 'Open', exact: true }).click();
    await until(page, () => document.querySelectorAll('.item').length === 1);
    await page.locator('.item-title').click();
    assert.match(await headline(page), /db-01/);
    await page.getByRole('link', { name: 'Trace of a slow request' }).click();
    await page.locator('.waterfall').waitFor();
    await visit.shoot(page, 'trace');
  },

  async 'a report is written, opened and printed'(visit) {
    const page = await visit.open('#/reports?period=last_week&audience=ops');
    await page.locator('.item').first().waitFor();
    assert.equal(await page.inputValue('select[name=period]'), 'last_week');
    assert.equal(await page.inputValue('select[name=audience]'), 'ops');
    await page.getByRole('button', { name: 'Write' }).click();
    const frame = page.frameLocator('iframe.report');
    assert.match(await frame.locator('h1').innerText(), /New report · last_week/);
    await until(page, () => {
      const frame = document.querySelector('iframe.report');
      frame.contentWindow.print = () => (window.printed = true);
      return true;
    });
    await page.getByRole('button', { name: 'Print' }).click();
    assert.equal(await page.evaluate(() => window.printed), true);
    assert.match(await page.getByRole('link', { name: 'Markdown' }).getAttribute('href'), /\.md$/);
    await visit.shoot(page, 'report');
  },

  async 'an action is decided with a reason only'(visit) {
    const page = await visit.open('#/approvals', { server: 'deciding' });
    const text = await page.locator('.approval').innerText();
    assert.ok(text.indexOf('No downtime') < text.indexOf('Approve'), 'the effect stands before the buttons');
    await page.getByRole('button', { name: 'Approve' }).click();
    assert.match(await page.locator('[role=alert]').innerText(), /reason/);
    await visit.shoot(page, 'approval');
    await page.fill('textarea', 'peak tonight');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.locator('.note.good').waitFor();
    await until(page, () => document.querySelectorAll('.approval').length === 0);
    assert.match(await page.locator('.item.closed').first().innerText(), /approved.*peak tonight/s);
  },

  async 'without the role there is nothing to decide with or to write'(visit) {
    const page = await visit.open('#/approvals', { server: 'viewer' });
    await page.locator('.approval').waitFor();
    assert.equal(await page.getByRole('button', { name: /Approve|Deny/ }).count(), 0);
    assert.match(await page.locator('.approval').innerText(), /needs the role approver/);
    await page.goto(visit.origins.viewer + '#/reports');
    await page.locator('.item').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Write' }).count(), 0);
  },

  async 'the present moves until it is paused'(visit) {
    const page = await visit.open('#/now');
    await until(page, () => document.querySelectorAll('.card.now').length === 4);
    const spans = () => page.locator('.arrivals dd').first().innerText();
    const before = await spans();
    await until(page, (was) => document.querySelector('.arrivals dd').textContent !== was, before);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.dot.off').waitFor();
    const paused = await spans();
    await page.waitForTimeout(2500); // more than two rounds of the stream
    assert.equal(await spans(), paused);
    await page.getByRole('button', { name: 'Resume' }).click();
    await until(page, (was) => document.querySelector('.arrivals dd').textContent !== was, paused);
    await visit.shoot(page, 'now');
  },
};
