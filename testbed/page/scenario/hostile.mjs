// Markup, scripts and links in every text that telemetry brings stay text.

import assert from 'node:assert/strict';
import { eventually, says } from './eventually.mjs';
import { headline, question, until } from './visitor.mjs';

const places = [
  '', question('compare'), question('why'), question('connected'), question('busiest region'), question('slower since deploy'),
  '#/now', '#/sessions', '#/sessions/s-0001', '#/sessions/s-0004', '#/traces/4bf92f3577b34da6a3ce929d0e0e4736', '#/incidents',
  '#/incidents/inc-20261118-1', '#/reports', '#/reports/r-2026-46-ops', '#/approvals', question('service map'), question('runbook'), question('slow'),
];

/** What must not be on the page, whoever says so. */
const planted = () => ({
  elements: [...document.querySelectorAll('script, img, style, base, meta, iframe:not(.report), object, embed, [onload], [onerror], [onfocus]')]
    .filter((e) => e.closest('#app')).map((e) => e.outerHTML.slice(0, 100)),
  links: [...document.querySelectorAll('a[href]')].map((a) => a.href).filter((href) => new URL(href).origin !== location.origin),
  title: document.title,
});

export const hostile = {
  async 'nothing of telemetry runs, loads or leads away'(visit) {
    let shown = 0;
    const look = async (page, place) => {
      for (const selector of ['summary', 'button.event-row', '.step > button', '.chip.reading', '.toggle button[aria-pressed=false]']) {
        await page.evaluate((every) => document.querySelectorAll(every).forEach((e) => e.click()), selector);
        await until(page, () => !document.querySelector('.loading'));
      }
      const found = await page.evaluate(planted);
      assert.deepEqual(found.elements, [], place);
      assert.deepEqual(found.links, [], place);
      assert.doesNotMatch(found.title, /owned/, place);
      shown += (await page.locator('main').innerText()).split(/<script>|onerror=|javascript:|<iframe|HYPERLINK/).length - 1;
      await visit.shoot(page, `hostile-${places.indexOf(place)}`);
    };
    for (const [turn, language] of ['en', 'ko'].entries()) {
      await visit.tour(places.filter((_, i) => i % 2 === turn), { server: 'hostile', language }, look);
    }
    assert.ok(shown > 100, `the payloads are shown as text, ${shown} times`);
    visit.notes.push(`${shown} payloads shown as text on ${places.length} pages`);
  },

  async 'a question is no markup either'(visit) {
    const page = await visit.open(question('<img src=x onerror=document.title="owned">'));
    await headline(page);
    await says(page.locator('.question'), /<img src=x/);
    const found = await page.evaluate(planted);
    assert.deepEqual(found.elements, []);
    assert.doesNotMatch(found.title, /owned/);
  },

  // A check that cannot fail proves nothing: the same payloads, put in as markup on a page without a policy, are noticed.
  async 'the check notices what is put in as markup'(visit) {
    visit.expect(/attacker\.test|the console says|Failed to load/);
    const page = await visit.open('', { server: 'hostile' });
    const context = await page.context().browser().newContext({ bypassCSP: true });
    try {
      const careless = await context.newPage();
      await careless.goto(visit.origins.hostile);
      await careless.locator('#ask').waitFor();
      await careless.evaluate(async () => {
        const session = await (await fetch('/api/v1/sessions/s-0001')).json();
        document.querySelector('#app').innerHTML = JSON.stringify(session) + '<img src=x onerror="document.title=\'owned\'">';
      });
      await eventually(async () => {
        const found = await careless.evaluate(planted);
        assert.ok(found.elements.length > 0);
        assert.match(found.title, /owned/);
      });
    } finally {
      await context.close();
    }
  },
};
