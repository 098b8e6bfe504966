// Package realapp holds an integration test on a real application: a page in Chromium with the OpenTelemetry web SDK,
// an express server with the Node SDK, express-session and connect-redis, and a Redis server. See README.md.
package realapp
