import { get, segment, useLoad } from '../api/client';
import type { Trace } from '../api/types.gen';
import { Loading, ProblemNote } from '../parts/states';
import { Waterfall } from '../parts/waterfall';
import { fromNanoseconds, length, moment } from '../state/format';
import { href } from '../state/router';
import { say } from '../state/settings';

export function TraceView({ id }: { id: string }) {
  const trace = useLoad((signal) => get<Trace>(`/traces/${segment(id)}`, {}, signal), [id]);
  const t = trace.value;
  return (
    <>
      <p class="crumb">
        <a href={href('sessions')}>{say('view.sessions')}</a>
        {t?.session_id && <> / <a href={href('sessions', t.session_id)}>{t.session_id}</a></>} / <span>{id}</span>
      </p>
      <div class="view-head"><h1>{t ? t.operation : say('trace.title', { id })}</h1></div>
      {trace.problem && <ProblemNote problem={trace.problem} again={trace.again} />}
      {!t && !trace.problem && <Loading lines={8} />}
      {t && (
        <section class="card">
          <p class="muted">
            {t.service} · {moment(t.start)} · {length(fromNanoseconds(t.duration_ns))} · {say('trace.spans', { n: t.spans })}
            {t.failed && <span class="bad"> ✕ {say('trace.failed')}</span>}
          </p>
          <Waterfall trace={t} />
        </section>
      )}
    </>
  );
}
