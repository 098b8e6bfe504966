// Everything without a mouse.

import assert from 'node:assert/strict';
import { address, counts, focuses, holds, says } from './eventually.mjs';
import { headline, settled, until } from './visitor.mjs';

/** Goes on by Tab until the focused element matches. */
async function tabTo(page, selector, most = 80) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return;
  }
  assert.fail(`Tab never came to ${selector}`);
}

export const keyboard = {
  async 'the slash goes to the box and arrows bring earlier questions'(visit) {
    const page = await visit.open('#/now');
    await page.locator('.card').first().waitFor();
    await page.keyboard.press('/');
    await focuses(page, '#ask');
    await page.keyboard.type('compare');
    await page.keyboard.press('Enter');
    await headline(page);
    await page.keyboard.press('/');
    await focuses(page, '#ask');
    await page.keyboard.type('why');
    await page.keyboard.press('Enter');
    await says(page.locator('.headline'), /slow/);
    await page.keyboard.press('ArrowUp');
    await holds(page.locator('#ask'), 'why');
    await page.keyboard.press('ArrowUp');
    await holds(page.locator('#ask'), 'compare');
    await page.keyboard.press('ArrowDown');
    await holds(page.locator('#ask'), 'why');
    await page.keyboard.press('Escape');
    await focuses(page, ':not(#ask)');
  },

  async 'an answer is corrected, read and left by keys only'(visit) {
    const page = await visit.open('');
    await page.keyboard.press('/');
    await focuses(page, '#ask');
    await page.keyboard.type('compare');
    await page.keyboard.press('Enter');
    await headline(page);
    await settled(page);

    await tabTo(page, '.chip.reading');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await focuses(page, '[role=menuitem]');
    await page.keyboard.press('ArrowDown');
    await focuses(page, '[role=menuitem]:nth-child(2)');
    await page.keyboard.press('Escape');
    await focuses(page, '.chip.reading', 'Escape goes back to the chip');
    await page.keyboard.press('Enter');
    await focuses(page, '[role=menuitem]');
    await page.keyboard.press('ArrowDown');
    await focuses(page, '[role=menuitem]:nth-child(2)');
    await page.keyboard.press('Enter');
    await says(page.locator('.readings'), /What is usual/);
    await settled(page);

    await tabTo(page, '.fact');
    await page.locator('[role=tooltip]').waitFor();
    await tabTo(page, '.plot');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await says(page.locator('.legend-time').first(), /08:35/);
    await tabTo(page, '.toggle button[aria-pressed=false]');
    await page.keyboard.press('Space');
    await page.locator('.chart table').waitFor();
    await tabTo(page, '.answer > .table-scroll th button');
    await page.keyboard.press('Enter');
    await page.locator('.answer > .table-scroll th[aria-sort=ascending]').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.answer > .table-scroll th[aria-sort=descending]').waitFor();
    await says(page.locator('.answer > .table-scroll tbody tr').first(), /search/);
    await tabTo(page, '.evidence a');
    await page.keyboard.press('Enter');
    await address(page, /#\/sessions\?region=busan/);
    await focuses(page, 'main', 'a new view begins at its beginning');
  },

  async 'Tab comes to every control and out again, and shows where it is'(visit) {
    const page = await visit.open('#/ask?q=compare');
    await headline(page);
    await settled(page);
    const all = await page.evaluate(() => {
      const list = [...document.querySelectorAll('a[href], button:not(:disabled), input, select, textarea, summary, [tabindex="0"]')];
      const shown = list.filter((e) => e.checkVisibility() && e.tabIndex >= 0);
      shown.forEach((e, i) => (e.dataset.stop = String(i)));
      return shown.length;
    });
    const visited = new Set();
    for (let i = 0; i < all + 5; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const e = document.activeElement;
        const s = getComputedStyle(e);
        return { stop: e.dataset.stop, seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, name: e.outerHTML.slice(0, 90) };
      });
      if (at.stop === undefined) continue;
      assert.ok(at.seen, `no visible focus on ${at.name}`);
      visited.add(at.stop);
    }
    assert.equal(visited.size, all, 'controls that Tab came to');
  },

  async 'a session and a waterfall open by keys'(visit) {
    const page = await visit.open('#/sessions');
    await page.locator('.row-link').first().waitFor();
    await tabTo(page, '.row-link');
    await page.keyboard.press('Enter');
    await page.locator('.timeline').waitFor();
    await tabTo(page, 'button.event-row');
    await page.keyboard.press('Enter');
    await page.locator('.steps').waitFor();
    await tabTo(page, '.step > button');
    await page.keyboard.press('Enter');
    await page.locator('.step-more').waitFor();
  },

  async 'an action is decided where its incident is told'(visit) {
    const page = await visit.open('#/incidents/inc-20261118-1', { server: 'judging', language: 'ko' });
    await page.locator('.approval').waitFor();
    await settled(page);
    await tabTo(page, '.approval textarea');
    await page.keyboard.type('오늘 밤 피크');
    await tabTo(page, '.approval .button.primary');
    await page.keyboard.press('Enter');
    await says(page.locator('.note.good'), /승인/);
    await counts(page.locator('.approval'), 0);
    const other = await visit.open('#/incidents/inc-20261118-1', { server: 'viewer' });
    await says(other.locator('.approval'), /needs the role approver/);
  },

  async 'a sentence proposes, and another person decides'(visit) {
    for (const [language, question, read, proposed, own] of [
      ['ko', 'payment 서비스의 Pod를 2배로 늘려줘', /실행하지 않았습니다/, /3개에서 6개로/, /스스로 승인할 수 없습니다/],
      ['en', 'restart search', /Nothing has been done/, /Replace the pods of Deployment shop\/search/, /another person has to approve/],
    ]) {
      const page = await visit.open(`#/ask?q=${encodeURIComponent(question)}`, { server: 'proposing', language });
      await says(page.locator('.headline'), read);
      await settled(page);
      await tabTo(page, '.answer .button.primary');
      await page.keyboard.press('Enter');
      await says(page.locator('.note.good'), proposed);
      await tabTo(page, '.note.good a');
      await page.keyboard.press('Enter');
      const mine = page.locator('.approval').first();
      await says(mine, proposed);
      await says(mine, own);
      await settled(page);
      await tabTo(page, '.approval textarea');
      await page.keyboard.type('x');
      await counts(mine.locator('.button.primary:disabled'), 1); // who proposed does not approve; the server refuses it as well
      await tabTo(page, '.approval .button:not(.primary)');
      await page.keyboard.press('Enter');
      await says(page.locator('.item.closed').first(), proposed);
      await visit.shoot(page, `proposed-${language}`);
    }
  },

  async 'where nobody is logged in a proposal can be denied only, and the page says why'(visit) {
    for (const [language, question, why] of [['ko', 'payment 서비스의 Pod를 2배로 늘려줘', /거절만 할 수 있고/], ['en', 'restart search', /can only be denied/]]) {
      const page = await visit.open(`#/ask?q=${encodeURIComponent(question)}`, { server: 'nameless', language });
      await tabTo(page, '.answer .button.primary');
      await page.keyboard.press('Enter');
      await tabTo(page, '.note.good a');
      await page.keyboard.press('Enter');
      const card = page.locator('.approval').first();
      await says(card, why);
      await settled(page);
      await counts(card.locator('.button.primary:disabled'), 1);
      await tabTo(page, '.approval textarea');
      await page.keyboard.type('x');
      await tabTo(page, '.approval .button:not(.primary)');
      await page.keyboard.press('Enter');
      await page.locator('.item.closed').first().waitFor();
    }
  },

  async 'one of several readings is chosen by keys'(visit) {
    const page = await visit.open('#/ask?q=느려', { language: 'ko' });
    await page.locator('.options').waitFor();
    await tabTo(page, '.options button');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says(page.locator('.headline'), /때문으로 보입니다/);
    await says(page.locator('.question'), /느려/);
  },

  async 'the skip link passes the navigation'(visit) {
    const page = await visit.open('#/incidents');
    await page.locator('.item').first().waitFor();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    await focuses(page, '.skip');
    await page.keyboard.press('Enter');
    await focuses(page, 'main');
    await address(page, /incidents$/);
  },
};
