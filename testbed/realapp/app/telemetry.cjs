'use strict';
// What an operator adds to an express shop, and nothing more: loaded before the server with `node --require`.
// Service name, endpoint and signals come from the SDK's own OTEL_* variables.

const { NodeSDK } = require('@opentelemetry/sdk-node');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { RedisInstrumentation } = require('@opentelemetry/instrumentation-redis');
const { PinoInstrumentation } = require('@opentelemetry/instrumentation-pino');

const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation({
      headersToSpanAttributes: {
        server: { requestHeaders: ['cookie'], responseHeaders: ['set-cookie'] },
      },
    }),
    new ExpressInstrumentation(),
    new RedisInstrumentation(),
    new PinoInstrumentation(),
  ],
});
sdk.start();

// The server closes its sockets on SIGTERM; once nothing is left to do, the last batch goes out.
process.once('beforeExit', () => sdk.shutdown());
