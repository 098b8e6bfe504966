// Sessions, traces, incidents, reports, approvals, and the present.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { address, counts, eventually, holds, says } from './eventually.mjs';
import { headline, until } from './visitor.mjs';

export const views = {
  async 'sessions are filtered, paged and opened'(visit) {
    const page = await visit.open('#/sessions');
    const rows = page.locator('tbody tr');
    await counts(rows, 50);
    await page.getByRole('button', { name: 'Show more' }).click();
    await counts(rows, 60);
    await page.fill('input[name=region]', 'busan');
    await page.check('input[name=open]');
    await page.getByRole('button', { name: 'Apply' }).click();
    await address(page, /region=busan.*open=true|open=true.*region=busan/);
    await eventually(async () => {
      const texts = await rows.allInnerTexts();
      assert.ok(texts.length > 0 && texts.length < 50);
      for (const text of texts) assert.match(text, /busan.*open/s);
    });
    await visit.shoot(page, 'sessions');
    await page.getByRole('link', { name: 'Clear' }).click();
    await counts(rows, 50);
    await holds(page.locator('input[name=region]'), '');
  },

  async 'sessions of a time are listed by the clock of the page, and downloaded'(visit) {
    for (const [language, apply, download] of [['en', 'Apply', 'Download CSV'], ['ko', '적용', 'CSV 내려받기']]) {
      const page = await visit.open('#/sessions', { language });
      const rows = page.locator('tbody tr');
      await counts(rows, 50);
      await page.fill('input[name=from]', '2026-11-18T14:25');
      await page.fill('input[name=to]', '2026-11-18T14:27');
      await page.fill('input[name=region]', 'busan');
      const [request] = await Promise.all([
        page.waitForRequest((r) => r.url().includes('/api/v1/sessions?') && r.url().includes('from=')),
        page.getByRole('button', { name: apply }).click(),
      ]);
      const asked = new URL(request.url()).searchParams;
      assert.deepEqual([asked.get('from'), asked.get('to')], ['2026-11-18T05:25:00.000Z', '2026-11-18T05:27:00.000Z'], 'Seoul is nine hours ahead');
      await address(page, /from=2026-11-18T14%3A25/);
      const listed = await eventually(async () => {
        const texts = await rows.allInnerTexts();
        assert.ok(texts.length > 0 && texts.every((text) => text.includes('busan')));
        return texts.length;
      });
      await holds(page.locator('input[name=from]'), '2026-11-18T14:25');
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: download }).click()]);
      assert.equal(file.suggestedFilename(), 'sessions.csv');
      const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
      assert.match(lines[0], /^\ufeffid,user,client_address,region,start/);
      assert.equal(lines.length, listed + 1, 'the table holds what is listed');
      for (const line of lines.slice(1)) assert.match(line, /,busan,2026-11-18T/);
      await page.goto(`${visit.origins.shop}#/sessions?from=2026-11-18T15:00&to=2026-11-18T14:00`);
      visit.expect(/400/);
      await says(page.locator('[role=alert]'), /from: must be before to/);
    }
  },

  async 'a table of hostile sessions has no formula'(visit) {
    const page = await visit.open('#/sessions', { server: 'hostile' });
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV' }).click()]);
    const text = await readFile(await file.path(), 'utf8');
    assert.match(text, /'=HYPERLINK/, 'it is there, as text');
    assert.doesNotMatch(text, /(^|,|\n)"?\s*[=+@-]/);
  },

  async 'a session shows its timeline and its traces as waterfalls'(visit) {
    const page = await visit.open('#/sessions/s-0002', { language: 'ko' });
    await counts(page.locator('.timeline rect.bar'), 8);
    await counts(page.locator('.timeline path.diamond'), 4);
    const times = await page.locator('.events time').evaluateAll((list) => list.map((t) => t.getAttribute('datetime')));
    assert.deepEqual(times, [...times].sort(), 'events in order of time');
    await page.locator('.event.trace.failed button.event-row').click();
    await counts(page.locator('.step'), 9);
    const bars = await page.locator('.step-bar').evaluateAll((list) => list.map((svg) => {
      const bar = svg.querySelector('[class^=tone]').getBoundingClientRect(), all = svg.getBoundingClientRect();
      return { from: (bar.left - all.left) / all.width, length: bar.width / all.width };
    }));
    assert.ok(Math.abs(bars[6].from - 122 / 846) < 0.02 && Math.abs(bars[6].length - 610 / 846) < 0.02, 'bars lie where their steps were');
    await page.locator('.step > button').nth(4).click();
    await says(page.locator('.step-more'), /pool exhausted/);
    await visit.shoot(page, 'session');
    await page.locator('.waterfall').getByRole('button', { name: '표' }).click();
    await counts(page.locator('.waterfall tbody tr'), 9);
  },

  async 'an unknown session says so'(visit) {
    visit.expect(/404/);
    const page = await visit.open('#/sessions/none');
    await says(page.locator('[role=alert]'), /Not found/);
  },

  async 'an incident tells cause and impact'(visit) {
    const page = await visit.open('#/incidents');
    await counts(page.locator('.item'), 3);
    await page.getByRole('link', { name: 'Resolved' }).click();
    await counts(page.locator('.item'), 2);
    await page.getByRole('link', { name: 'Open', exact: true }).click();
    await counts(page.locator('.item'), 1);
    await page.locator('.item-title').click();
    assert.match(await headline(page), /db-01/);
    await page.getByRole('link', { name: 'Trace of a slow request' }).click();
    await page.locator('.waterfall').waitFor();
    await visit.shoot(page, 'trace');
  },

  async 'an incident has its summary in the language of the reader, each number with its source'(visit) {
    for (const [language, sentence, by, like] of [
      ['en', /likely cause is the database of payment.*revenue is at risk/s, /Phrased by the model house and verified · prompt summary@1 5f2c9a0c7d1e/, 'Incidents like this one'],
      ['ko', /원인은 payment의 데이터베이스 문제로 보입니다.*위험에 놓인 매출/s, /모델 house이\(가\) 쓰고 검증을 거쳤습니다 · 프롬프트 summary@1 5f2c9a0c7d1e/, '비슷했던 과거 장애'],
    ]) {
      const page = await visit.open('#/incidents/inc-20261118-1', { language });
      const summary = page.locator('.summary');
      await says(summary, sentence);
      await says(summary.locator('.summary-by'), by);
      assert.equal(await summary.locator('p').first().getAttribute('lang'), language);
      const facts = summary.locator('.fact');
      await counts(facts, 2);
      for (let i = 0; i < 2; i++) {
        await facts.nth(i).hover();
        await says(page.locator('[role=tooltip] code'), [/incident inc-20261118-1/, /braid_business_value_total/][i]);
      }
      await page.mouse.move(0, 0);
      await facts.first().focus();
      await says(page.locator('[role=tooltip]'), /incident inc-20261118-1/);
      await says(page.locator('.card.answer'), new RegExp(`${like}.*payment 2.13.1`, 's'));
      await says(page.locator('.passage'), /payment.md#connections-exhausted.*Roll back the last deployment/s);
      await visit.shoot(page, `summary-${language}`);
    }
  },

  async 'a report is written, opened and printed'(visit) {
    const page = await visit.open('#/reports?period=last_week&audience=ops');
    await holds(page.locator('select[name=period]'), 'last_week');
    await holds(page.locator('select[name=audience]'), 'ops');
    await page.getByRole('button', { name: 'Write' }).click();
    await says(page.frameLocator('iframe.report').locator('h1'), /New report · last_week/);
    await page.evaluate(() => {
      document.querySelector('iframe.report').contentWindow.print = () => (window.printed = true);
    });
    await page.getByRole('button', { name: 'Print' }).click();
    await until(page, () => window.printed);
    await page.locator('a[href$=".md"]', { hasText: 'Markdown' }).waitFor();
    await visit.shoot(page, 'report');
  },

  async 'an action is decided with a reason only'(visit) {
    const page = await visit.open('#/approvals', { server: 'deciding' });
    const text = await page.locator('.approval').innerText();
    const before = (...words) => words.forEach((word) => assert.ok(text.includes(word) && text.indexOf(word) < text.indexOf('Approve\n'), `${word} stands before the buttons`));
    before('from 3 to 5', 'No interruption', 'Scaling back to 3 undoes it', 'Deployment shop/payment', 'production', 'incident inc-20261118-1', 'traces', 'metrics', 'latency_p95 846 ms', 'SHA-256');
    // What stands there is what is hashed, and the hash is what is approved.
    const shown = await page.locator('.approval .document pre').innerText();
    const digest = createHash('sha256').update(shown).digest('hex');
    assert.equal(await page.locator('.approval .document p code').innerText(), digest);
    await says(page.locator('.approval .document p'), /the same as this browser computes/);
    assert.deepEqual(JSON.parse(shown).arguments, { from: 3, name: 'payment', namespace: 'shop', to: 5, type: 'Deployment' });
    const sent = page.waitForRequest((r) => r.method() === 'POST' && r.url().includes('/approve'));
    await page.getByRole('button', { name: 'Approve' }).click();
    await says(page.locator('[role=alert]'), /reason/);
    await visit.shoot(page, 'approval');
    await page.fill('textarea', 'peak tonight');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.locator('.note.good').waitFor();
    assert.equal(JSON.parse((await sent).postData()).digest, digest);
    await counts(page.locator('.approval'), 0);
    await says(page.locator('.item.closed').first(), /approved.*peak tonight/s);
    await says(page.locator('.item.closed').last(), /verified.*better since.*kim.*402 → 187 ms/s);
  },

  async 'without the role there is nothing to decide with or to write'(visit) {
    const page = await visit.open('#/approvals', { server: 'viewer' });
    await says(page.locator('.approval'), /needs the role approver/);
    await counts(page.getByRole('button', { name: /Approve|Deny/ }), 0);
    await page.goto(visit.origins.viewer + '#/reports');
    await page.locator('a[href*="r-2026-46"]').first().waitFor();
    await counts(page.getByRole('button', { name: 'Write' }), 0);
  },

  async 'the present moves until it is paused'(visit) {
    const page = await visit.open('#/now');
    await counts(page.locator('.card.now'), 4);
    const spans = () => page.locator('.arrivals dd').first().innerText();
    const moves = (was) => eventually(async () => assert.notEqual(await spans(), was));
    await moves(await spans());
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.dot.off').waitFor();
    const paused = await spans();
    await page.waitForTimeout(2500); // more than two rounds of the stream
    assert.equal(await spans(), paused);
    await page.getByRole('button', { name: 'Resume' }).click();
    await moves(paused);
    await visit.shoot(page, 'now');
  },
};
