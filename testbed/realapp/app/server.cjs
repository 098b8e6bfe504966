'use strict';
// A small shop: express, express-session and connect-redis. It knows nothing of the page's session.id;
// that the two meet is the collector's work.

const { context, propagation, ROOT_CONTEXT } = require('@opentelemetry/api');
const { getRPCMetadata } = require('@opentelemetry/core');
const express = require('express');
const session = require('express-session');
const { RedisStore } = require('connect-redis');
const { createClient } = require('redis');
const pino = require('pino');

const { PORT, REDIS_URL, PAGE_BUNDLE, OTEL_EXPORTER_OTLP_ENDPOINT } = process.env;
const log = pino();

async function main() {
  const redis = createClient({ url: REDIS_URL });
  redis.on('error', (err) => log.error({ err }, 'redis'));
  await redis.connect();

  const server = shop(redis).listen(Number(PORT), '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close(() => redis.close());
    server.closeAllConnections();
  });
}

function shop(redis) {
  const app = express();
  app.get('/healthz', (_req, res) => res.send('ok'));

  app.use(session({
    store: new RedisStore({ client: redis }),
    secret: 'loopback only',
    resave: false,
    saveUninitialized: true,
  }));
  app.use(express.json());

  app.get('/', (_req, res) => res.send(html()));
  app.get('/page.js', (_req, res) => res.sendFile(PAGE_BUNDLE));
  app.get('/api/products', products);
  app.post('/login', login);
  app.post('/logout', logout);
  app.post('/api/cart', addToCart);
  app.post('/checkout', checkout);
  return app;
}

// The traceparent in the page lets the document-load span continue the trace that served it.
function html() {
  const carrier = {};
  propagation.inject(context.active(), carrier);
  return `<!doctype html>
<html lang="en">
<head>
  <title>Shop</title>
  <link rel="icon" href="data:,">
  <meta name="traceparent" content="${carrier.traceparent}">
  <meta name="otlp-endpoint" content="${OTEL_EXPORTER_OTLP_ENDPOINT}">
  <script type="module" src="/page.js"></script>
</head>
<body>
  <form id="login"><input name="user" aria-label="User"><button>Log in</button></form>
  <button id="products">Products</button>
  <button id="cart">Add to cart</button>
  <button id="checkout">Check out</button>
  <button id="logout">Log out</button>
  <output id="status"></output>
</body>
</html>`;
}

function products(req, res) {
  log.info({ user: req.session.user }, 'products listed');
  res.json({ status: 'products', products: ['tea', 'cake'] });
}

// A fresh session at log-in, as express-session advises against fixation: the cookie rotates, the visit goes on.
function login(req, res, next) {
  const { user } = req.body;
  req.session.regenerate((err) => {
    if (err) return next(err);
    req.session.user = user;
    getRPCMetadata(context.active()).span.setAttribute('user.id', user);
    log.info('logged in');
    res.json({ status: 'logged-in' });
  });
}

function logout(req, res, next) {
  req.session.destroy((err) => {
    if (err) return next(err);
    log.info('logged out');
    res.clearCookie('connect.sid').json({ status: 'logged-out' });
  });
}

function addToCart(req, res) {
  req.session.cart = [...(req.session.cart ?? []), req.body.item];
  log.info({ item: req.body.item }, 'added to cart');
  res.json({ status: 'in-cart' });
}

function checkout(req, res) {
  const items = req.session.cart ?? [];
  req.session.cart = [];
  log.info({ items: items.length }, 'order placed');
  bookOrder(req.sessionID);
  res.json({ status: 'ordered' });
}

// The order book is kept outside of the request, as by a queue's worker: its line has no trace, only express's session.
function bookOrder(sid) {
  context.with(ROOT_CONTEXT, () => log.info(`order booked sid=${sid}`));
}

main();
