// A server with sessions. Says where it listens, then serves until it is told to stop.
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL });
await client.connect();

const app = express();
app.use(
  session({
    store: new RedisStore({ client, ttl: 1800 }),
    secret: "not a secret",
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 30 * 60 * 1000 },
  }),
);
app.get("/visit", (request, response) => {
  request.session.cart = { card: "SECRET-CANARY" };
  response.send("visited");
});
app.get("/login/:user", (request, response) => {
  request.session.account = { name: request.params.user };
  response.send("logged in");
});
app.get("/logout", (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.send("logged out")));
});

const server = app.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
process.on("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => client.destroy());
});
