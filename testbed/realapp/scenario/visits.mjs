// Plays the visits of realapp_test.go in a real Chromium and prints, as JSON, the session.id of each visit's
// browser. Every browser context says its visit in the User-Agent, so that the test can tell whose a server
// span is without any cookie.
//
//   node visits.mjs http://127.0.0.1:8080 /usr/bin/chromium

import { chromium } from 'playwright-core';

const [origin, executablePath] = process.argv.slice(2);
const timeout = 15_000;

const browser = await chromium.launch({
  executablePath,
  headless: true,
  timeout,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

const sessions = {};

async function visitor(name) {
  const context = await browser.newContext({ userAgent: `visit/${name}` });
  context.setDefaultTimeout(timeout);
  const open = async () => {
    const page = await context.newPage();
    await page.goto(origin);
    await status(page, 'ready');
    return page;
  };
  const leave = async () => {
    for (const page of context.pages()) await flush(page);
    const stored = await context.pages()[0].evaluate(() => localStorage['opentelemetry-session']);
    sessions[name] = JSON.parse(stored).id;
    await context.close();
  };
  return { open, leave };
}

const status = (page, value) =>
  page.waitForFunction((v) => document.getElementById('status').value === v, value);

async function flush(page) {
  await page.waitForFunction(() => telemetry.loaded && telemetry.open === 0);
  await page.evaluate(() => telemetry.flush());
}

async function login(page, user) {
  await page.fill('#login input', user);
  await page.click('#login button');
  await status(page, 'logged-in');
}

async function click(page, button, done) {
  await page.click(`#${button}`);
  await status(page, done);
}

try {
  // One browser, two tabs: one session.
  const laptop = await visitor('alice-laptop');
  const first = await laptop.open();
  await click(first, 'products', 'products');
  await login(first, 'alice');
  const second = await laptop.open();
  await click(second, 'cart', 'in-cart');

  // The same user in a second browser while still logged in: a duplicate log-in.
  const phone = await visitor('alice-phone');
  const pocket = await phone.open();
  await login(pocket, 'alice');
  await click(pocket, 'products', 'products');

  await click(first, 'checkout', 'ordered');
  // Out, and on as a stranger in the same browser, as every page that shows something after log-out.
  await click(first, 'logout', 'logged-out');
  await click(first, 'products', 'products');
  await laptop.leave();
  await phone.leave();

  // Log out here, log in there: two sessions of one user, no duplicate.
  for (const name of ['mina-desk', 'mina-phone']) {
    const mina = await visitor(name);
    const page = await mina.open();
    await login(page, 'mina');
    await click(page, 'cart', 'in-cart');
    await click(page, 'logout', 'logged-out');
    await mina.leave();
  }

  // Somebody who only looks.
  const guest = await visitor('guest');
  await click(await guest.open(), 'products', 'products');
  await guest.leave();
} finally {
  await browser.close();
}
console.log(JSON.stringify(sessions));
