// A session at a glance: its events above, its transactions below, over the time it lasted.
import type { SessionDetail } from '../api/types.gen';
import { clock, fromNanoseconds } from '../state/format';
import { say } from '../state/settings';

export function Timeline({ session }: { session: SessionDetail }) {
  const from = Date.parse(session.start);
  const last = Math.max(Date.parse(session.end ?? session.last_activity), ...session.traces.map((t) => Date.parse(t.start) + fromNanoseconds(t.duration_ns)));
  const whole = Math.max(1, last - from);
  const at = (time: string) => 1 + ((Date.parse(time) - from) / whole) * 98;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return (
    <svg class="timeline" width="100%" height="74" role="img"
      aria-label={`${say('session.timeline')}: ${say('session.overview', { events: session.events.length, traces: session.traces.length })}`}>
      <line class="axis" x1="1%" x2="99%" y1="52" y2="52" />
      {ticks.map((t) => (
        <text key={t} class={t === 0.25 || t === 0.75 ? 'tick optional' : 'tick'} x={`${1 + t * 98}%`} y="68"
          text-anchor={t === 0 ? 'start' : t === 1 ? 'end' : 'middle'}>
          {clock(from + whole * t)}
        </text>
      ))}
      {session.traces.map((t) => (
        <rect key={t.trace_id} class={t.failed ? 'bar failed' : 'bar'} x={`${at(t.start)}%`} y={t.failed ? 22 : 28} height={t.failed ? 24 : 18}
          width={`${Math.max(0.4, (fromNanoseconds(t.duration_ns) / whole) * 98)}%`} rx="1.5" />
      ))}
      {session.events.map((e, i) => (
        <svg key={i} x={`${at(e.at)}%`} y="12" overflow="visible"><path class="diamond" d="M0 -6L5 0 0 6 -5 0z" /></svg>
      ))}
    </svg>
  );
}
