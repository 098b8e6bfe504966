import { useEffect, useState } from 'preact/hooks';
import { get, useLoad } from '../api/client';
import { useStream } from '../api/stream';
import type { Me } from '../api/types.gen';
import { AnswerCard, FollowUps } from '../parts/answer';
import { ArrivalCounts, EmptyInstall, nothingCame } from '../parts/empty';
import { Loading, ProblemNote } from '../parts/states';
import { answer, askAgain, correctionsOf, href, useAsked } from '../state/ask';
import { say, useSettings } from '../state/settings';

function Welcome({ who }: { who: Me }) {
  const { language } = useSettings();
  const examples = useLoad((signal) => get<string[]>('/examples', { language }, signal), [language]);
  const live = useStream(language, true);
  const [empty, setEmpty] = useState(false);
  useEffect(() => {
    if (nothingCame(live.arrivals)) setEmpty(true);
  }, [live.arrivals]);
  return (
    <div class="welcome">
      <h1>{say('ask.welcome')}</h1>
      <p class="lead">{say('ask.lead')}</p>
      {examples.problem && <ProblemNote problem={examples.problem} again={examples.again} />}
      {examples.value && <FollowUps questions={examples.value} title={say('ask.try')} />}
      {empty && live.arrivals && <EmptyInstall who={who} arrivals={live.arrivals} />}
      {!empty && live.arrivals && <ArrivalCounts arrivals={live.arrivals} />}
    </div>
  );
}

export function Ask({ query, who }: { query: URLSearchParams; who: Me }) {
  const question = query.get('q')?.trim() ?? '';
  const key = query.toString();
  useEffect(() => {
    if (question) void answer(question, correctionsOf(query));
  }, [key]);
  const asked = useAsked();
  if (!question) return <Welcome who={who} />;
  const [latest, ...before] = asked;
  const waiting = !latest || (!latest.answer && !latest.problem);
  const words = latest?.answer?.headline?.map((p) => p.text).join('') ?? '';
  return (
    <>
      <h1 class="visually-hidden">{say('view.ask')}</h1>
      <p class="visually-hidden" role="status" aria-live="polite">
        {waiting ? say('ask.working') : say('ask.answered', { text: words })}
      </p>
      {waiting && <div class="card"><p class="question">{question}</p><Loading lines={5} /></div>}
      {latest?.problem && <ProblemNote problem={latest.problem} again={() => askAgain(latest)} />}
      {latest?.answer && <AnswerCard answer={latest.answer} corrections={latest.corrections} />}
      {before.length > 0 && (
        <nav class="earlier" aria-label={say('ask.earlier')}>
          <h2>{say('ask.earlier')}</h2>
          <ul>
            {before.map((a) => (
              <li key={href(a.question, a.corrections)}>
                <a href={href(a.question, a.corrections)}>{a.question}</a>{' '}
                <span class="muted">{a.answer?.headline?.map((p) => p.text).join('')}</span>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </>
  );
}
