// Who calls whom, the path of an incident, and regions against what is usual and against each other.

import assert from 'node:assert/strict';
import { address, counts, eventually, focuses, says } from './eventually.mjs';
import { question, settled } from './visitor.mjs';

/** What of a drawn map overlaps or lies outside, and which arrows lead forward. */
const measured = () => {
  const svg = document.querySelector('.graph svg').getBoundingClientRect();
  const boxes = [...document.querySelectorAll('.graph .node rect')].map((r) => r.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return {
    overlapping: boxes.filter((a, i) => boxes.slice(i + 1).some((b) => meet(a, b))).length,
    outside: [...document.querySelectorAll('.graph .node rect, .graph .line, .graph .told')].map((e) => e.getBoundingClientRect())
      .filter((b) => b.left < svg.left - 1 || b.right > svg.right + 1 || b.top < svg.top - 1 || b.bottom > svg.bottom + 1).length,
    columns: new Set(boxes.map((b) => Math.round(b.left))).size,
  };
};

async function drawn(visit, language, text, words) {
  const page = await visit.open(question(text), { language });
  await counts(page.locator('.graph .node'), 10);
  await counts(page.locator('.graph .edge'), 12);
  await counts(page.locator('.graph a.edge'), 9, 'arrows to stores have no evidence of their own here');
  await counts(page.locator('.graph .edge.failing'), 3);
  await counts(page.locator('.graph .told.failing', { hasText: '✕' }), 3, 'what fails is told without colour too');
  assert.deepEqual(await page.evaluate(measured), { overlapping: 0, outside: 0, columns: 5 });
  await page.locator('.edge', { has: page.locator('.reach') }).first().hover();
  await says(page.locator('.graph-told'), words);
  await page.locator('.chart .toggle button').last().click();
  await counts(page.locator('.chart tbody tr'), 12);
  await says(page.locator('.chart tbody tr').first(), words);
  await visit.shoot(page, `map-${language}`);
}

export const maps = {
  'the service map is drawn, and is a table, in English': (visit) =>
    drawn(visit, 'en', 'service map', /shop-page.*checkout.*42 req\/s.*2\.6 %.*210 ms/s),
  'the service map is drawn, and is a table, in Korean': (visit) =>
    drawn(visit, 'ko', '서비스 맵 보여줘', /shop-page.*checkout.*42건\/초.*2\.6 %.*210 ms/s),

  async 'an arrow of the map leads to its evidence by keys'(visit) {
    const page = await visit.open(question('service map'));
    await settled(page);
    await page.locator('.graph').focus();
    await page.keyboard.press('Tab');
    await focuses(page, 'a.edge');
    await says(page.locator('.graph-told'), /shop-page → checkout: 42 req\/s/);
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /shop-page → checkout: 42 req\/s, Errors 2\.6 %, Latency 210 ms/);
    await page.keyboard.press('Enter');
    await address(page, /#\/traces\/4bf9/);
    await page.locator('.waterfall').waitFor();
    await page.goBack();
    await page.locator('a.node').first().focus();
    await page.keyboard.press('Enter');
    await address(page, /#\/sessions\?service=shop-page/);
  },

  async 'the path of an incident is marked on the map'(visit) {
    for (const [language, words] of [['en', /on the path/], ['ko', /장애 경로/]]) {
      const page = await visit.open('#/incidents/inc-20261118-1', { language });
      await counts(page.locator('.edge.marked'), 4);
      await counts(page.locator('.edge.marked.unknown'), 1, 'a step that no call is known of is drawn too');
      await counts(page.locator('.node.marked'), 5);
      assert.deepEqual(await page.evaluate(measured), { overlapping: 0, outside: 0, columns: 6 });
      await page.locator('.chart', { has: page.locator('.graph') }).locator('.toggle button').last().click();
      await says(page.locator('.chart').last().locator('thead'), words);
      await counts(page.locator('.chart').last().locator('tbody tr', { hasText: '●' }), 4);
    }
  },

  async 'regions stand against their own usual and the mean of all'(visit) {
    for (const [language, mean, busan] of [['en', /Mean of all 128 users/, /Busan.*198 users.*121 users.*128 users/s], ['ko', /전체 평균 128명/, /부산.*198명.*121명.*128명/s]]) {
      const page = await visit.open(question('busiest region'), { language });
      await counts(page.locator('.region-map .tile:not(.empty)'), 10);
      await counts(page.locator('.region-map .tile.over'), 2);
      await counts(page.locator('.region-map .bar-then'), 10);
      await counts(page.locator('.region-map .bar-mean'), 10);
      await says(page.locator('.bars .legend'), mean);
      const marks = await page.locator('.bars ol .bar-mean').evaluateAll((all) => all.map((line) => Math.round(line.getBoundingClientRect().left)));
      assert.equal(new Set(marks).size, 1, `the mean is one line down all bars: ${marks}`);
      await page.locator('.chart .toggle button').last().click();
      await says(page.locator('.chart tbody tr', { hasText: /Busan|부산/ }), busan);
      const now = await visit.open('#/now', { language });
      await counts(now.locator('.region-map .tile:not(.empty)'), 10);
      await eventually(async () => assert.ok(await now.locator('.bars ol .bar-mean').count() >= 10));
    }
  },
};
