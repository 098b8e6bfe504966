// The shop's page with the OpenTelemetry web SDK: one session.id per browser, kept in localStorage by the
// SDK's own session manager, on every span and log record.

import { logs } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { DocumentLoadInstrumentation } from '@opentelemetry/instrumentation-document-load';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { XMLHttpRequestInstrumentation } from '@opentelemetry/instrumentation-xml-http-request';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import {
  createDefaultSessionIdGenerator,
  createLocalStorageSessionStore,
  createSessionLogRecordProcessor,
  createSessionManager,
  createSessionSpanProcessor,
} from '@opentelemetry/web-common';

const endpoint = document.querySelector('meta[name=otlp-endpoint]').content;
const resource = resourceFromAttributes({ 'service.name': 'shop-page' });
const status = document.getElementById('status');

// telemetry tells a test when the page has nothing left to say.
const telemetry = { open: 0, loaded: false };
const progress = {
  onStart() { telemetry.open += 1; },
  onEnd(span) {
    telemetry.open -= 1;
    telemetry.loaded ||= span.name === 'documentLoad';
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};

async function observe() {
  const session = createSessionManager({
    sessionIdGenerator: createDefaultSessionIdGenerator(),
    sessionStore: createLocalStorageSessionStore(),
    maxDuration: 4 * 3600,
    inactivityTimeout: 1800,
  });
  // Not awaited, the first span of a second tab would start a session of its own.
  await session.start();

  const tracing = new WebTracerProvider({
    resource,
    spanProcessors: [
      createSessionSpanProcessor(session),
      progress,
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })),
    ],
  });
  tracing.register();
  const logging = new LoggerProvider({
    resource,
    processors: [
      createSessionLogRecordProcessor(session),
      new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${endpoint}/v1/logs` }) }),
    ],
  });
  logs.setGlobalLoggerProvider(logging);
  telemetry.flush = () => Promise.all([tracing.forceFlush(), logging.forceFlush()]);

  const ignoreUrls = [new RegExp(`^${endpoint}/`)];
  registerInstrumentations({
    instrumentations: [
      new DocumentLoadInstrumentation(),
      new FetchInstrumentation({ ignoreUrls }),
      new XMLHttpRequestInstrumentation({ ignoreUrls }),
    ],
  });
  globalThis.telemetry = telemetry;
}

async function send(method, path, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  status.value = (await response.json()).status;
}

// One request goes the old way, so that both instrumentations are seen.
function sendXHR(path, body) {
  const request = new XMLHttpRequest();
  request.open('POST', path);
  request.setRequestHeader('content-type', 'application/json');
  request.onload = () => { status.value = JSON.parse(request.responseText).status; };
  request.send(JSON.stringify(body));
}

function on(id, event, action) {
  document.getElementById(id).addEventListener(event, (e) => {
    e.preventDefault();
    logs.getLogger('shop').emit({ eventName: 'shop.action', body: id });
    action(e);
  });
}

await observe();
on('login', 'submit', (e) => send('POST', '/login', { user: e.target.user.value }));
on('products', 'click', () => send('GET', '/api/products'));
on('cart', 'click', () => sendXHR('/api/cart', { item: 'tea' }));
on('checkout', 'click', () => send('POST', '/checkout'));
on('logout', 'click', () => send('POST', '/logout'));
status.value = 'ready';
