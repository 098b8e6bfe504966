// A new install: where to send data, a command to try it, and a counter that moves when it works.
import { useMemo } from 'preact/hooks';
import type { Arrivals, Me } from '../api/types.gen';
import { count } from '../state/format';
import { say } from '../state/settings';
import { Copy } from './copy';

export const nothingCame = (a: Arrivals | undefined) => a !== undefined && a.spans + a.logs + a.points + a.records === 0;

const hex = (bytes: number) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');

/** One span by OTLP/HTTP in JSON; the shell fills in the time. */
function command(endpoint: string): string {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = {
    traceId: hex(16), spanId: hex(8), name: 'GET /hello', kind: 2, startTimeUnixNano: 'NOW000000000', endTimeUnixNano: 'NOW050000000',
    attributes: [attribute('session.id', 'first-session'), attribute('user.id', 'me')],
  };
  const body = { resourceSpans: [{ resource: { attributes: [attribute('service.name', 'hello')] }, scopeSpans: [{ spans: [span] }] }] };
  const json = JSON.stringify(body).replace(/NOW/g, `'"$(date +%s)"'`);
  return `curl -sS ${endpoint.replace(/\/$/, '')}/v1/traces -H 'Content-Type: application/json' -d '${json}'`;
}

export function EmptyInstall({ who, arrivals }: { who: Me; arrivals: Arrivals }) {
  const test = useMemo(() => command(who.otlp_endpoint), [who.otlp_endpoint]);
  const waiting = nothingCame(arrivals);
  return (
    <section class="card empty-install">
      <h2>{say('empty.title')}</h2>
      <p>{say('empty.lead')}</p>
      <dl class="pairs">
        <dt>{say('empty.endpoint')}</dt>
        <dd><code>{who.otlp_endpoint}</code> <Copy text={() => who.otlp_endpoint} label={say('copy')} /></dd>
      </dl>
      <p class="spread">{say('empty.test')} <Copy text={() => test} label={say('copy')} /></p>
      <pre tabIndex={0}><code>{test}</code></pre>
      <p class={waiting ? 'waiting' : 'waiting arrived'} role="status">
        <span class="dot" aria-hidden="true" />
        {waiting ? say('empty.waiting') : say('empty.arrived', { n: count(arrivals.spans) })}
      </p>
      <ArrivalCounts arrivals={arrivals} />
    </section>
  );
}

export function ArrivalCounts({ arrivals }: { arrivals: Arrivals }) {
  return (
    <dl class="arrivals" aria-label={say('arrivals')}>
      {(['spans', 'logs', 'points', 'records'] as const).map((kind) => (
        <div key={kind}>
          <dt>{say(`arrivals.${kind}`)}</dt>
          <dd>{count(arrivals[kind])}</dd>
        </div>
      ))}
    </dl>
  );
}
