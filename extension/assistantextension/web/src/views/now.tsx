import { useEffect, useId, useState } from 'preact/hooks';
import { Problem } from '../api/client';
import { useStream, type Live } from '../api/stream';
import type { Answer, Me } from '../api/types.gen';
import { Links, QualityNote } from '../parts/answer';
import { ChartFigure } from '../parts/chart';
import { ArrivalCounts, EmptyInstall, nothingCame } from '../parts/empty';
import { KeyFigures, Sentence } from '../parts/fact';
import { Severity } from '../parts/icons';
import { Loading, Nothing, ProblemNote } from '../parts/states';
import { clock } from '../state/format';
import { say, sayIf, useSettings } from '../state/settings';

function Card({ card }: { card: Answer }) {
  const id = useId();
  return (
    <section class={card.charts?.some((c) => c.kind === 'map') ? 'card now wide' : 'card now'} lang={card.language} aria-labelledby={id}>
      <h2 id={id}><Sentence text={card.headline} answer={card} /></h2>
      <KeyFigures answer={card} />
      {card.charts?.map((chart, i) => <ChartFigure key={i} chart={chart} answer={card} small />)}
      {card.findings && card.findings.length > 0 && (
        <ul class="now-findings">
          {card.findings.slice(0, 4).map((f, i) => (
            <li key={i}>
              <Severity of={f.severity} name={sayIf(`severity.${f.severity}`, f.severity)} />
              <span><Sentence text={f.text} answer={card} /></span>
            </li>
          ))}
        </ul>
      )}
      <QualityNote answer={card} />
      <Links title={say('evidence')} links={card.evidence} />
    </section>
  );
}

function LiveState({ live, paused, onPause, at }: { live: Live; paused: boolean; onPause: () => void; at?: string }) {
  const state = paused ? 'off' : live.state;
  return (
    <p class="live">
      <span class={`dot ${state}`} aria-hidden="true" />
      <span role="status">{say(`live.${state}`)}</span>
      {at && <span class="muted">{say('live.at', { time: clock(at, true) })}</span>}
      <button type="button" class="button quiet" onClick={onPause}>{say(paused ? 'live.resume' : 'live.pause')}</button>
    </p>
  );
}

/** The present state, moving by itself until the reader pauses it. */
export function Now({ who }: { who: Me }) {
  const { language } = useSettings();
  const [paused, setPaused] = useState(false);
  const live = useStream(language, !paused);
  const [empty, setEmpty] = useState(false);
  useEffect(() => {
    if (nothingCame(live.arrivals)) setEmpty(true);
  }, [live.arrivals]);
  const cards = live.cards;
  return (
    <>
      <div class="view-head">
        <h1>{say('view.now')}</h1>
        <LiveState live={live} paused={paused} onPause={() => setPaused(!paused)} at={cards?.[0]?.at} />
      </div>
      {live.problem && <ProblemNote problem={new Problem(live.problem.code, live.problem.detail)} />}
      {empty && live.arrivals && <EmptyInstall who={who} arrivals={live.arrivals} />}
      {!cards && !live.problem && <Loading lines={6} />}
      {cards?.length === 0 && !empty && <Nothing>{say('now.none')}</Nothing>}
      <div class="cards">{cards?.map((card, i) => <Card key={i} card={card} />)}</div>
      {!empty && live.arrivals && <ArrivalCounts arrivals={live.arrivals} />}
    </>
  );
}
