import { useRef, useState } from 'preact/hooks';
import { Problem, asProblem, get, post, reportURL, useLoad } from '../api/client';
import type { Me, Report, ReportRequest } from '../api/types.gen';
import { Loading, Nothing, ProblemNote } from '../parts/states';
import { moment, span } from '../state/format';
import { go, href } from '../state/router';
import { say, sayIf, settings } from '../state/settings';

const periods = ['today', 'yesterday', 'this_week', 'last_week', 'this_month', 'last_month'] as const;

function Write({ query, onWritten }: { query: URLSearchParams; onWritten: (r: Report) => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async (e: Event) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget as HTMLFormElement);
    const request: ReportRequest = {
      period: String(data.get('period')), audience: String(data.get('audience')), language: String(data.get('language')),
    };
    setBusy(true);
    setProblem(undefined);
    try {
      onWritten(await post<Report>('/reports', request));
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const option = (name: string, chosen: string | null, value: string, label: string) => (
    <option key={name + value} value={value} selected={chosen === value}>{label}</option>
  );
  return (
    <form class="filter" onSubmit={(e) => void submit(e)} aria-label={say('reports.write')}>
      <label>{say('reports.period')}{' '}
        <select name="period">
          {periods.map((p) => option('period', query.get('period') ?? 'this_week', p, say(`reports.period.${p}`)))}
        </select>
      </label>
      <label>{say('reports.audience')}{' '}
        <select name="audience">
          {(['exec', 'ops'] as const).map((a) => option('audience', query.get('audience'), a, say(`reports.${a}`)))}
        </select>
      </label>
      <label>{say('reports.language')}{' '}
        <select name="language">
          {option('language', settings.language, 'ko', '한국어')}
          {option('language', settings.language, 'en', 'English')}
        </select>
      </label>
      <button type="submit" class="button primary" disabled={busy}>{say(busy ? 'reports.writing' : 'reports.go')}</button>
      {problem && <ProblemNote problem={problem} />}
    </form>
  );
}

function Opened({ id, report }: { id: string; report?: Report }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const print = () => {
    frame.current?.contentWindow?.focus();
    frame.current?.contentWindow?.print();
  };
  return (
    <>
      <p class="crumb"><a href={href('reports')}>{say('reports.back')}</a></p>
      <div class="view-head">
        <h1>{report?.title ?? say('reports.title')}</h1>
        <div class="answer-tools">
          <button type="button" class="button" onClick={print}>{say('reports.print')}</button>
          <a class="button" href={reportURL(id, 'html')} target="_blank" rel="noopener">{say('reports.newtab')}</a>
          <a class="button" href={reportURL(id, 'md')} download>{say('reports.markdown')}</a>
        </div>
      </div>
      <iframe class="report" ref={frame} src={reportURL(id, 'html')} title={report?.title ?? say('reports.title')} />
    </>
  );
}

export function Reports({ id, query, who }: { id: string; query: URLSearchParams; who: Me }) {
  const reports = useLoad((signal) => get<Report[]>('/reports', {}, signal), []);
  const list = reports.value;
  if (id) return <Opened id={id} report={list?.find((r) => r.id === id)} />;
  return (
    <>
      <div class="view-head"><h1>{say('view.reports')}</h1></div>
      {who.operate ? <Write query={query} onWritten={(r) => go(href('reports', r.id))} /> : <p class="muted">{say('reports.norole')}</p>}
      {reports.problem && <ProblemNote problem={reports.problem} again={reports.again} />}
      {!list && !reports.problem && <Loading lines={4} />}
      {list?.length === 0 && <Nothing>{say('reports.none')}</Nothing>}
      {list && list.length > 0 && (
        <ol class="list">
          {list.map((r) => (
            <li key={r.id} class="card item">
              <div class="item-head">
                <a class="item-title" href={href('reports', r.id)} lang={r.language}>{r.title}</a>
                <span class="badge">{sayIf(`reports.${r.audience}`, r.audience)}</span>
              </div>
              <dl class="facts">
                <div><dt>{say('reports.covers')}</dt><dd>{span(r.window)}</dd></div>
                <div><dt>{say('reports.at')}</dt><dd>{moment(r.written)}</dd></div>
              </dl>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
