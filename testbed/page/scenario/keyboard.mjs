// Everything without a mouse.

import assert from 'node:assert/strict';
import { headline, until } from './visitor.mjs';

const focused = (page) =>
  page.evaluate(() => {
    const e = document.activeElement;
    return { tag: e.tagName, class: e.className, role: e.getAttribute('role'), text: e.textContent.slice(0, 60), id: e.id };
  });

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
    assert.equal((await focused(page)).id, 'ask');
    await page.keyboard.type('compare');
    await page.keyboard.press('Enter');
    await headline(page);
    await page.keyboard.press('/');
    await page.keyboard.type('why');
    await page.keyboard.press('Enter');
    await until(page, () => document.querySelector('.headline')?.textContent.includes('slow'));
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.inputValue('#ask'), 'compare');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.inputValue('#ask'), 'why');
    await page.keyboard.press('Escape');
    assert.notEqual((await focused(page)).id, 'ask');
  },

  async 'an answer is corrected, read and left by keys only'(visit) {
    const page = await visit.open('');
    await page.keyboard.press('/');
    await page.keyboard.type('compare');
    await page.keyboard.press('Enter');
    await headline(page);

    await tabTo(page, '.chip.reading');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal((await focused(page)).role, 'menuitem');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    assert.match((await focused(page)).class, /reading/, 'Escape goes back to the chip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until(page, () => document.querySelector('.readings')?.textContent.includes('What is usual'));

    await tabTo(page, '.fact');
    await page.locator('[role=tooltip]').waitFor();
    await tabTo(page, '.plot');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await until(page, () => document.querySelector('.legend-time')?.textContent.includes('08:35'));
    await tabTo(page, '.toggle button[aria-pressed=false]');
    await page.keyboard.press('Space');
    await page.locator('.chart table').waitFor();
    await tabTo(page, '.answer > .table-scroll th button');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await until(page, () => document.querySelector('.answer > .table-scroll th[aria-sort=descending]'));
    assert.match(await page.locator('.answer > .table-scroll tbody tr').first().innerText(), /search/);
    await tabTo(page, '.evidence a');
    await page.keyboard.press('Enter');
    await until(page, () => location.hash.startsWith('#/sessions?region=busan'));
    assert.equal((await focused(page)).tag, 'MAIN', 'a new view begins at its beginning');
  },

  async 'Tab comes to every control and out again, and shows where it is'(visit) {
    const page = await visit.open('#/ask?q=compare');
    await headline(page);
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

  async 'the skip link passes the navigation'(visit) {
    const page = await visit.open('#/incidents');
    await page.locator('.item').first().waitFor();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    assert.match((await focused(page)).class, /skip/);
    await page.keyboard.press('Enter');
    assert.equal((await focused(page)).tag, 'MAIN');
    assert.match(page.url(), /incidents$/);
  },
};
