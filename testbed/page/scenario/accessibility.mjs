// axe-core on every view, in both languages, light and dark, wide and narrow: no violation.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { question, settled } from './visitor.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const places = [
  '', question('compare'), question('why'), question('connected'), question('busiest region'), question('weather'), question('servers'), question('service map'), question('runbook'), question('slow'),
  '#/now', '#/sessions', '#/sessions/s-0002', '#/traces/4bf92f3577b34da6a3ce929d0e0e4736', '#/incidents', '#/incidents/inc-20261118-1',
  '#/reports', '#/reports/r-2026-46-exec', '#/approvals',
];

/** Where a phone's layout differs most. */
const narrow = places.filter((place) => /^$|compare|now|s-0002|approvals|map/.test(place));

async function audit(page, place) {
  await settled(page);
  await page.evaluate(axe);
  // What passed is only counted: to hand over each passing element takes longer than the rules themselves.
  const [violations, passes] = await page.evaluate(async (values) => {
    const found = await window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
    return [found.violations, found.passes.length];
  }, tags);
  const said = violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 120)} ${n.failureSummary.slice(0, 200)}`).join(' | ')}`);
  assert.deepEqual(said, [], place);
  return passes;
}

async function auditAll(visit, options, shown = places) {
  let passes = 0;
  await visit.tour(shown, options, async (page, place) => {
    passes += await audit(page, place);
  });
  assert.ok(passes > 20 * shown.length, `only ${passes} rules applied`);
  visit.notes.push(`${passes} rules passed on ${shown.length} pages`);
}

export const accessibility = {
  'no violation, English, light': (visit) => auditAll(visit, {}),
  'no violation, Korean, dark': (visit) => auditAll(visit, { language: 'ko', dark: true }),
  'no violation, Korean, phone': (visit) => auditAll(visit, { language: 'ko', width: 360, height: 740 }, narrow),
  async 'no violation with everything open'(visit) {
    const page = await visit.open(question('compare'));
    await settled(page);
    for (const chart of await page.locator('.chart').all()) {
      await chart.getByRole('button', { name: 'Table' }).click();
      await chart.locator('table').waitFor();
    }
    await page.locator('summary').click();
    await page.locator('.chip.reading').last().click();
    await page.locator('[role=menuitem]').first().waitFor();
    await audit(page, 'tables and menu open');
    const session = await visit.open('#/sessions/s-0002');
    await session.locator('.event.trace.failed button.event-row').click();
    await session.locator('.step > button').nth(4).click();
    await session.locator('.step-more').waitFor();
    await audit(session, 'waterfall open');
  },
  async 'no violation on an empty install and on a history that is down'(visit) {
    visit.expect(/503/);
    const empty = await visit.open('', { server: 'bare' });
    await empty.locator('.empty-install').waitFor();
    await audit(empty, 'empty');
    for (const [place, dark] of [['#/now', false], [question('why'), true]]) {
      const page = await visit.open(place, { server: 'down', dark });
      await page.locator('[role=alert]').waitFor();
      await audit(page, `down, ${place}`);
    }
  },
};
