import { get, segment, useLoad } from '../api/client';
import type { Answer, Incident, Me } from '../api/types.gen';
import { AnswerCard } from '../parts/answer';
import { Severity } from '../parts/icons';
import { Loading, Nothing, ProblemNote } from '../parts/states';
import { count, moment, span } from '../state/format';
import { href } from '../state/router';
import { say, sayIf, useSettings } from '../state/settings';
import { Proposed } from './approvals';

const statuses = ['open', 'resolved', 'all'] as const;

export function Incidents({ query }: { query: URLSearchParams }) {
  const status = statuses.find((s) => s === query.get('status')) ?? 'all';
  const incidents = useLoad((signal) => get<Incident[]>('/incidents', { status }, signal), [status]);
  const list = incidents.value;
  return (
    <>
      <div class="view-head">
        <h1>{say('view.incidents')}</h1>
        <nav class="toggle" aria-label={say('incidents.status')}>
          {statuses.map((s) => (
            <a key={s} href={href('incidents', '', { status: s })} aria-current={s === status ? 'true' : undefined}>{say(`incidents.${s}`)}</a>
          ))}
        </nav>
      </div>
      {incidents.problem && <ProblemNote problem={incidents.problem} again={incidents.again} />}
      {!list && !incidents.problem && <Loading lines={5} />}
      {list?.length === 0 && <Nothing>{say('incidents.none')}</Nothing>}
      {list && list.length > 0 && (
        <ol class="list">
          {list.map((i) => (
            <li key={i.id} class={i.status === 'open' ? 'card item' : 'card item closed'}>
              <div class="item-head">
                <Severity of={i.severity} name={sayIf(`severity.${i.severity}`, i.severity)} />
                <a class="item-title" href={href('incidents', i.id)}>{i.title}</a>
                <span class={i.status === 'open' ? 'badge strong' : 'badge'}>{sayIf(`status.${i.status}`, i.status)}</span>
              </div>
              <dl class="facts">
                <div><dt>{say('incidents.since')}</dt><dd>{i.end ? span({ start: i.start, end: i.end }) : moment(i.start)}</dd></div>
                {i.cause && <div><dt>{say('incidents.cause')}</dt><dd>{i.cause}</dd></div>}
                <div><dt>{say('incidents.users')}</dt><dd>{count(i.affected_users)}</dd></div>
                <div><dt>{say('incidents.alerts')}</dt><dd>{count(i.alerts)}</dd></div>
                {i.services?.length ? <div><dt>{say('session.services')}</dt><dd>{i.services.join(', ')}</dd></div> : null}
              </dl>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

export function IncidentView({ id, who }: { id: string; who: Me }) {
  const { language } = useSettings();
  const incident = useLoad((signal) => get<Answer>(`/incidents/${segment(id)}`, { language }, signal), [id, language]);
  return (
    <>
      <p class="crumb"><a href={href('incidents')}>{say('view.incidents')}</a> / <span>{id}</span></p>
      <h1 class="visually-hidden">{say('incidents.title')}</h1>
      {incident.problem && <ProblemNote problem={incident.problem} again={incident.again} />}
      {!incident.value && !incident.problem && <Loading lines={8} />}
      {incident.value && <AnswerCard answer={incident.value} />}
      {incident.value && <Proposed incident={id} who={who} />}
    </>
  );
}
