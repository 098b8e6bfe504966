import { useState } from 'preact/hooks';
import { get, segment, useLoad } from '../api/client';
import type { SessionDetail, Trace, TraceSummary } from '../api/types.gen';
import { Loading, ProblemNote } from '../parts/states';
import { Timeline } from '../parts/timeline';
import { Waterfall } from '../parts/waterfall';
import { icons } from '../parts/icons';
import { clock, count, fromNanoseconds, length, moment } from '../state/format';
import { href } from '../state/router';
import { say } from '../state/settings';
import { lasted } from './sessions';

/** The same trace, fetched when it is opened. */
function Steps({ id }: { id: string }) {
  const trace = useLoad((signal) => get<Trace>(`/traces/${segment(id)}`, {}, signal), [id]);
  if (trace.problem) return <ProblemNote problem={trace.problem} again={trace.again} />;
  return trace.value ? <Waterfall trace={trace.value} /> : <Loading lines={3} />;
}

function TraceRow({ trace, longest }: { trace: TraceSummary; longest: number }) {
  const [open, setOpen] = useState(false);
  const ms = fromNanoseconds(trace.duration_ns);
  return (
    <li class={trace.failed ? 'event trace failed' : 'event trace'}>
      <button type="button" class="event-row" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time dateTime={trace.start}>{clock(trace.start, true)}</time>
        <span class={open ? 'turn open' : 'turn'}>{icons.right}</span>
        <span class="event-name">
          <b>{trace.operation}</b> <span class="muted">{trace.service}{trace.page ? ` · ${trace.page}` : ''} · {say('trace.spans', { n: trace.spans })}</span>
          {trace.failed && <span class="bad"> ✕ {say('trace.failed')}</span>}
        </span>
        <span class="event-length">
          <svg width="100%" height="6" aria-hidden="true"><rect class={trace.failed ? 'bar failed' : 'bar'} width={`${Math.max(1, (ms / longest) * 100)}%`} height="6" rx="2" /></svg>
          {length(ms)}
        </span>
      </button>
      {open && <Steps id={trace.trace_id} />}
    </li>
  );
}

function Events({ session }: { session: SessionDetail }) {
  const longest = Math.max(1, ...session.traces.map((t) => fromNanoseconds(t.duration_ns)));
  const all = [
    ...session.events.map((e) => ({ at: e.at, event: e, trace: undefined })),
    ...session.traces.map((t) => ({ at: t.start, event: undefined, trace: t })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <ol class="events">
      {all.map(({ event, trace }, i) =>
        trace ? (
          <TraceRow key={trace.trace_id} trace={trace} longest={longest} />
        ) : (
          <li class="event" key={i}>
            <span class="event-row">
              <time dateTime={event.at}>{clock(event.at, true)}</time>
              <span class="turn diamond" aria-hidden="true">◆</span>
              <span class="event-name"><b>{event.name}</b> <span class="muted">{event.text}</span></span>
            </span>
          </li>
        ),
      )}
    </ol>
  );
}

function Head({ s }: { s: SessionDetail }) {
  const pairs: [string, string | undefined][] = [
    [say('session.user'), s.user ?? say('session.anonymous')],
    [say('session.address'), s.client_address],
    [say('session.region'), s.region],
    [say('session.start'), moment(s.start)],
    [say('session.last'), moment(s.last_activity)],
    [say('session.length'), length(lasted(s))],
    [say('session.state'), s.end ? `${say('session.ended')}${s.end_reason ? ` (${s.end_reason})` : ''}` : say('session.isopen')],
    [say('session.requests'), count(s.requests)],
    [say('session.errors'), count(s.errors)],
    [say('session.pages'), `${s.entry_page ?? ''} → ${s.exit_page ?? ''}`],
    [say('session.services'), s.services?.join(', ')],
    [say('session.hosts'), s.hosts?.join(', ')],
  ];
  return (
    <dl class="facts">
      {pairs.filter(([, v]) => v).map(([name, v]) => (
        <div key={name}><dt>{name}</dt><dd>{v}</dd></div>
      ))}
      {s.previous_id && (
        <div><dt>{say('session.previous')}</dt><dd><a href={href('sessions', s.previous_id)}>{s.previous_id}</a></dd></div>
      )}
    </dl>
  );
}

export function SessionView({ id }: { id: string }) {
  const session = useLoad((signal) => get<SessionDetail>(`/sessions/${segment(id)}`, {}, signal), [id]);
  const s = session.value;
  return (
    <>
      <p class="crumb"><a href={href('sessions')}>{say('view.sessions')}</a> / <span>{id}</span></p>
      <div class="view-head"><h1>{say('session.title', { id })}</h1></div>
      {session.problem && <ProblemNote problem={session.problem} again={session.again} />}
      {!s && !session.problem && <Loading lines={8} />}
      {s && (
        <>
          <section class="card"><Head s={s} /></section>
          <section class="card">
            <div class="spread">
              <h2>{say('session.timeline')}</h2>
              <span class="muted">{say('session.overview', { events: s.events.length, traces: s.traces.length })}</span>
            </div>
            <Timeline session={s} />
            <Events session={s} />
            {s.truncated && <p class="quality">{say('session.cut')}</p>}
          </section>
        </>
      )}
    </>
  );
}
