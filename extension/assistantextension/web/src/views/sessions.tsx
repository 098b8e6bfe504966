import { useEffect, useState } from 'preact/hooks';
import { Problem, asProblem, get, sessionTableURL } from '../api/client';
import type { Session, SessionPage } from '../api/types.gen';
import { Loading, Nothing, ProblemNote } from '../parts/states';
import { count, instant, length, local, moment } from '../state/format';
import { go, href } from '../state/router';
import { say } from '../state/settings';

const fields = ['user', 'region', 'service', 'from', 'to', 'min_duration', 'open'] as const;
type Filter = Record<(typeof fields)[number], string>;

const filterOf = (query: URLSearchParams): Filter =>
  Object.fromEntries(fields.map((f) => [f, query.get(f) ?? ''])) as Filter;

/** What the API is asked for: times of the form are those of the service's zone. */
const asked = (filter: Filter) => ({ ...filter, from: instant(filter.from), to: instant(filter.to) });

function FilterForm({ filter }: { filter: Filter }) {
  const submit = (e: Event) => {
    e.preventDefault();
    const data = new FormData(e.currentTarget as HTMLFormElement);
    go(href('sessions', '', Object.fromEntries(fields.map((f) => [f, String(data.get(f) ?? '').trim()]))));
  };
  return (
    <form class="filter" onSubmit={submit} aria-label={say('sessions.filter')}>
      {(['user', 'region', 'service'] as const).map((name) => (
        <label key={name}>{say(`sessions.${name}`)} <input name={name} defaultValue={filter[name]} autocomplete="off" maxLength={200} /></label>
      ))}
      {(['from', 'to'] as const).map((name) => (
        <label key={name}>
          {say(`sessions.${name}`)} <input type="datetime-local" name={name} defaultValue={filter[name] && local(asked(filter)[name])} />
        </label>
      ))}
      <label>
        {say('sessions.longer')}{' '}
        <select name="min_duration" defaultValue={filter.min_duration}>
          <option value="">{say('sessions.any')}</option>
          {['5m', '30m', '1h', '2h', '8h'].map((d) => (
            <option key={d} value={d} selected={d === filter.min_duration}>{d.replace(/(\d+)(.)/, '$1 $2')}</option>
          ))}
        </select>
      </label>
      <label class="check"><input type="checkbox" name="open" value="true" defaultChecked={filter.open === 'true'} /> {say('sessions.open')}</label>
      <button type="submit" class="button">{say('sessions.apply')}</button>
      {Object.values(filter).some(Boolean) && <a href={href('sessions')}>{say('sessions.clear')}</a>}
    </form>
  );
}

export const lasted = (s: Session) => Date.parse(s.end ?? s.last_activity) - Date.parse(s.start);

function Rows({ sessions }: { sessions: Session[] }) {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={say('view.sessions')}>
      <table class="sessions">
        <caption class="visually-hidden">{say('view.sessions')}</caption>
        <thead>
          <tr>
            {(['start', 'user', 'region', 'state'] as const).map((c) => <th key={c} scope="col">{say(`session.${c}`)}</th>)}
            {(['length', 'requests', 'errors'] as const).map((c) => <th key={c} scope="col" class="number">{say(`session.${c}`)}</th>)}
            <th scope="col">{say('session.pages')}</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((s) => (
            <tr key={s.id}>
              <td class="nowrap"><a class="row-link" href={href('sessions', s.id)}>{moment(s.start)}</a></td>
              <td>{s.user || <span class="muted">{say('session.anonymous')}</span>}</td>
              <td>{s.region}</td>
              <td class="nowrap">{s.end ? <span class="muted">{say('session.ended')}</span> : <span class="is-open"><span class="dot on" aria-hidden="true" /> {say('session.isopen')}</span>}</td>
              <td class="number nowrap">{length(lasted(s))}</td>
              <td class="number">{count(s.requests)}</td>
              <td class={s.errors ? 'number bad' : 'number muted'}>{count(s.errors)}</td>
              <td class="path">{s.entry_page} <span class="muted">→</span> {s.exit_page}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Sessions({ query }: { query: URLSearchParams }) {
  const filter = filterOf(query);
  const key = JSON.stringify(filter);
  const [sessions, setSessions] = useState<Session[]>();
  const [next, setNext] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const load = async (after: string, signal?: AbortSignal) => {
    setProblem(undefined);
    try {
      const page = await get<SessionPage>('/sessions', { ...asked(filter), after, limit: 50 }, signal);
      setSessions((known) => (after ? [...(known ?? []), ...page.sessions] : page.sessions));
      setNext(page.next ?? '');
    } catch (error) {
      if (!signal?.aborted) setProblem(asProblem(error));
    }
  };
  useEffect(() => {
    const abort = new AbortController();
    setSessions(undefined);
    void load('', abort.signal);
    return () => abort.abort();
  }, [key]);
  return (
    <>
      <div class="view-head">
        <h1>{say('view.sessions')}</h1>
        {sessions && sessions.length > 0 && <a class="button" href={sessionTableURL(asked(filter))} download>{say('sessions.csv')}</a>}
      </div>
      <FilterForm filter={filter} key={key} />
      {problem && <ProblemNote problem={problem} again={() => void load('')} />}
      {!sessions && !problem && <Loading lines={8} />}
      {sessions?.length === 0 && <Nothing>{say('sessions.none')}</Nothing>}
      {sessions && sessions.length > 0 && <Rows sessions={sessions} />}
      {next && <p><button type="button" class="button" onClick={() => void load(next)}>{say('sessions.more')}</button></p>}
    </>
  );
}
