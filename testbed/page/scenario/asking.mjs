// Asking, in both languages, and what one can do with an answer.

import assert from 'node:assert/strict';
import { address, attribute, counts, eventually, says } from './eventually.mjs';
import { headline, question } from './visitor.mjs';

async function typed(visit, language, text, wanted) {
  const page = await visit.open('', { language });
  await attribute(page.locator('html'), 'lang', language);
  await counts(page.locator('.welcome .chip'), 8, 'eight examples');
  await page.fill('#ask', text);
  const began = Date.now();
  await page.press('#ask', 'Enter');
  const said = await headline(page);
  visit.notes.push(`${language}: answer on the page after ${Date.now() - began} ms`);
  assert.match(said, wanted);
  await attribute(page.locator('.answer'), 'lang', language);
  await eventually(async () => assert.ok((await page.locator('[role=status]').first().textContent()).includes(said.slice(0, 12)), 'the answer is announced'));
  return page;
}

export const asking = {
  async 'a question in English is answered'(visit) {
    const page = await typed(visit, 'en', 'Compare with this time yesterday', /1,284 users.*1,142 users/s);
    await counts(page.locator('.key'), 4);
    await says(page.locator('.key').first(), /\+12\.4 %.*against 1,142 users.*11-17 14:25–14:30/s);
    await counts(page.locator('.chart canvas'), 2);
    await says(page.locator('.quality'), /missing/);
    await visit.shoot(page, 'ask-en');
  },

  async 'a question in Korean is answered'(visit) {
    const page = await typed(visit, 'ko', '어제 이 시간이랑 비교해줘', /동시접속자는 1,284명/);
    await says(page.locator('.key').first(), /1,142명 대비/);
    await visit.shoot(page, 'ask-ko');
  },

  async 'a Korean question is answered in Korean on an English page'(visit) {
    const page = await visit.open(question('오늘은 시스템이 왜 이래?'));
    await says(page.locator('.answer .headline'), /때문으로 보입니다/);
    await attribute(page.locator('.answer'), 'lang', 'ko');
    await attribute(page.locator('html'), 'lang', 'en');
  },

  async 'an example is asked by a click'(visit) {
    const page = await visit.open('', { language: 'ko' });
    await page.click('.chip >> text=가장 붐비는');
    await says(page.locator('.answer .headline'), /서울이 521명/);
    await counts(page.locator('.region-map'), 1);
    await says(page.locator('.bars ol li').nth(2), /부산/);
  },

  async 'a number shows where it comes from'(visit) {
    const page = await visit.open(question('compare'));
    await page.locator('.headline .fact').first().hover();
    const tip = page.locator('[role=tooltip]');
    await says(tip, /11-18 14:25–14:30.*braid_concurrent_users/s);
    await page.keyboard.press('Escape');
    await page.mouse.move(0, 0);
    await tip.waitFor({ state: 'hidden' });
  },

  async 'a reading is corrected by a click'(visit) {
    const page = await visit.open(question('compare'));
    await page.locator('.chip.reading', { hasText: 'comparison' }).click();
    await page.click('[role=menuitem] >> text=Same weekday last week');
    await page.locator('.chip.reading', { hasText: 'weekday last week' }).waitFor();
    await address(page, /c\.compare=shift/);
    await page.goBack();
    await page.locator('.chip.reading', { hasText: 'Same time yesterday' }).waitFor();
  },

  async 'filters are taken away one by one'(visit) {
    const page = await visit.open(question('Compare payment in Busan'));
    const filters = page.locator('.chip.reading', { hasText: 'filter' });
    await headline(page);
    await counts(filters, 2);
    for (const [left, wanted] of [[1, /c\.filter=service%3Dpayment$/], [0, /c\.filter=$/]]) {
      await filters.first().click();
      await page.click('[role=menuitem] >> text=Without it');
      await counts(filters, left);
      await address(page, wanted);
    }
  },

  async 'a misread piece goes back into the box'(visit) {
    const page = await visit.open(question('Compare with this time yesterday'));
    await page.locator('.chip.reading', { hasText: 'comparison' }).click();
    await page.click('[role=menuitem] >> text=Say it differently');
    await eventually(async () => assert.equal(await page.evaluate(() => getSelection().toString()), 'yesterday'));
  },

  async 'a follow-up leads on and the earlier question stays'(visit) {
    const page = await visit.open(question('compare'));
    await page.locator('.answer .chips .chip').first().click();
    await says(page.locator('.headline'), /slow/);
    await says(page.locator('.earlier'), /compare/);
  },

  async 'a permalink shows the same answer'(visit) {
    const page = await visit.open(question('compare') + '&c.compare=shift%3AP7D');
    await headline(page);
    await says(page.locator('.readings'), /weekday last week/);
  },

  async 'what is outside is declined with what can be asked'(visit) {
    const page = await visit.open(question('내일 날씨 어때?'), { language: 'ko' });
    await says(page.locator('.answer .headline'), /답할 수 없습니다/);
    await counts(page.locator('.answer.decline .chip'), 3);
    await visit.shoot(page, 'decline');
  },

  async 'what has several readings asks back'(visit) {
    const page = await visit.open(question('slow'));
    await counts(page.locator('.answer.clarify .options button'), 2);
    await says(page.locator('.answer .outcome'), /Which one/);
    await page.locator('.options button', { hasText: 'since the deploy' }).click();
    await says(page.locator('.answer .headline'), /got slower since/);
    await address(page, /q=slow&c\.intent=deploy_regression$/);
    await page.goBack();
    await counts(page.locator('.options button'), 2, 'the way back leads to the choice');
  },

  async 'a passage is quoted with where it stands'(visit) {
    for (const [language, text] of [['en', 'runbook'], ['ko', '결제 장애 대응 절차 알려줘']]) {
      const page = await visit.open(question(text), { language });
      await says(page.locator('.passage figcaption'), /payment\.md#connections-exhausted/);
      await says(page.locator('.passage'), /1 See which statement.*SHOW PROCESSLIST.*2 Roll back/s);
    }
  },

  async 'what has no data says so'(visit) {
    const page = await visit.open(question('compare with last year'));
    await says(page.locator('.answer .headline'), /no data/);
    await says(page.locator('.quality'), /2026-10-19/);
  },
};
