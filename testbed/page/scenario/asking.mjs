// Asking, in both languages, and what one can do with an answer.

import assert from 'node:assert/strict';
import { headline, question, until } from './visitor.mjs';

async function typed(visit, language, text, wanted) {
  const page = await visit.open('', { language });
  assert.equal(await page.locator('html').getAttribute('lang'), language);
  assert.equal(await page.locator('.welcome .chip').count(), 8, 'eight examples');
  await page.fill('#ask', text);
  const began = Date.now();
  await page.press('#ask', 'Enter');
  const said = await headline(page);
  visit.notes.push(`${language}: answer on the page after ${Date.now() - began} ms`);
  assert.match(said, wanted);
  assert.equal(await page.locator('.answer').getAttribute('lang'), language);
  await until(page, (words) => document.querySelector('[role=status]').textContent.includes(words), said.slice(0, 12));
  return page;
}

export const asking = {
  async 'a question in English is answered'(visit) {
    const page = await typed(visit, 'en', 'Compare with this time yesterday', /1,284 users.*1,142 users/s);
    assert.equal(await page.locator('.key').count(), 4);
    assert.match(await page.locator('.key').first().innerText(), /\+12\.4 %.*against 1,142 users.*11-17 14:25–14:30/s);
    assert.equal(await page.locator('.chart canvas').count(), 2);
    assert.match(await page.locator('.quality').innerText(), /missing/);
    await visit.shoot(page, 'ask-en');
  },

  async 'a question in Korean is answered'(visit) {
    const page = await typed(visit, 'ko', '어제 이 시간이랑 비교해줘', /동시접속자는 1,284명/);
    assert.match(await page.locator('.key').first().innerText(), /1,142명 대비/);
    await visit.shoot(page, 'ask-ko');
  },

  async 'a Korean question is answered in Korean on an English page'(visit) {
    const page = await visit.open(question('오늘은 시스템이 왜 이래?'));
    assert.match(await headline(page), /때문으로 보입니다/);
    assert.equal(await page.locator('.answer').getAttribute('lang'), 'ko');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  },

  async 'an example is asked by a click'(visit) {
    const page = await visit.open('', { language: 'ko' });
    await page.click('.chip >> text=가장 붐비는');
    assert.match(await headline(page), /서울이 521명/);
    assert.equal(await page.locator('.region-map').count(), 1);
    assert.match(await page.locator('.bars li').nth(2 + 2).innerText(), /부산/);
  },

  async 'a number shows where it comes from'(visit) {
    const page = await visit.open(question('compare'));
    await page.locator('.headline .fact').first().hover();
    const tip = page.locator('[role=tooltip]');
    assert.match(await tip.innerText(), /11-18 14:25–14:30.*braid_concurrent_users/s);
    await page.keyboard.press('Escape');
    await page.mouse.move(0, 0);
    await tip.waitFor({ state: 'hidden' });
  },

  async 'a reading is corrected by a click'(visit) {
    const page = await visit.open(question('compare'));
    await page.locator('.chip.reading', { hasText: 'comparison' }).click();
    await page.click('[role=menuitem] >> text=Same weekday last week');
    await until(page, () => [...document.querySelectorAll('.chip.reading')].some((c) => c.textContent.includes('weekday last week')));
    assert.match(page.url(), /c\.compare=shift/);
    await page.goBack();
    await until(page, () => [...document.querySelectorAll('.chip.reading')].some((c) => c.textContent.includes('Same time yesterday')));
  },

  async 'filters are taken away one by one'(visit) {
    const page = await visit.open(question('Compare payment in Busan'));
    const filters = page.locator('.chip.reading', { hasText: 'filter' });
    await headline(page);
    assert.equal(await filters.count(), 2);
    for (const [left, address] of [[1, /c\.filter=service%3Dpayment$/], [0, /c\.filter=$/]]) {
      await filters.first().click();
      await page.click('[role=menuitem] >> text=Without it');
      await until(page, (n) => [...document.querySelectorAll('.chip.reading')].filter((c) => c.textContent.includes('filter')).length === n, left);
      assert.match(page.url(), address);
    }
  },

  async 'a misread piece goes back into the box'(visit) {
    const page = await visit.open(question('Compare with this time yesterday'));
    await page.locator('.chip.reading', { hasText: 'comparison' }).click();
    await page.click('[role=menuitem] >> text=Say it differently');
    assert.equal(await page.evaluate(() => getSelection().toString()), 'yesterday');
  },

  async 'a follow-up leads on and the earlier question stays'(visit) {
    const page = await visit.open(question('compare'));
    await page.locator('.answer .chips .chip').first().click();
    await until(page, () => document.querySelector('.headline')?.textContent.includes('slow'));
    assert.match(await page.locator('.earlier').innerText(), /compare/);
  },

  async 'a permalink shows the same answer'(visit) {
    const page = await visit.open(question('compare') + '&c.compare=shift%3AP7D');
    await headline(page);
    assert.match(await page.locator('.readings').innerText(), /weekday last week/);
  },

  async 'what is outside is declined with what can be asked'(visit) {
    const page = await visit.open(question('내일 날씨 어때?'), { language: 'ko' });
    assert.match(await headline(page), /답할 수 없습니다/);
    assert.equal(await page.locator('.answer.decline .chip').count(), 3);
    await visit.shoot(page, 'decline');
  },

  async 'what has several readings asks back'(visit) {
    const page = await visit.open(question('slow'));
    await headline(page);
    assert.equal(await page.locator('.answer.clarify .chip').count(), 2);
  },

  async 'what has no data says so'(visit) {
    const page = await visit.open(question('compare with last year'));
    assert.match(await headline(page), /no data/);
    assert.match(await page.locator('.quality').innerText(), /2026-10-19/);
  },
};
