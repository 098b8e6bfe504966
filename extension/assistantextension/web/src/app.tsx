import { useLayoutEffect, useRef } from 'preact/hooks';
import { asProblem } from './api/client';
import type { Me } from './api/types.gen';
import { AskBox } from './parts/askbox';
import { Mark, icons } from './parts/icons';
import { ProblemNote } from './parts/states';
import { zone } from './state/format';
import { href, useRoute } from './state/router';
import { change, say, useSettings, type Key, type Theme } from './state/settings';
import { Approvals } from './views/approvals';
import { Ask } from './views/ask';
import { IncidentView, Incidents } from './views/incidents';
import { Now } from './views/now';
import { Reports } from './views/reports';
import { SessionView } from './views/session';
import { Sessions } from './views/sessions';
import { TraceView } from './views/trace';

const views = ['ask', 'now', 'sessions', 'incidents', 'reports', 'approvals'] as const;
const themes: Theme[] = ['auto', 'light', 'dark'];

const parents: Record<string, string> = { traces: 'sessions' };

function Tools({ who }: { who?: Me }) {
  const { theme, language } = useSettings();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto';
  return (
    <div class="tools">
      {who && <span class="who">{[who.tenant, who.name].filter(Boolean).join(' · ')}</span>}
      <button type="button" class="tool" lang={language === 'ko' ? 'en' : 'ko'}
        onClick={() => change({ language: language === 'ko' ? 'en' : 'ko' })}>
        {language === 'ko' ? 'English' : '한국어'}
      </button>
      <button type="button" class="tool" onClick={() => change({ theme: next })} aria-label={say('tool.theme', { theme: say(`theme.${theme}`) })}
        title={say('tool.theme', { theme: say(`theme.${theme}`) })}>
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="5.500" fill="none" stroke="currentColor" stroke-width="1.5" />
          {theme !== 'light' && <path d="M8 2.500a5.500 5.500 0 010 11z" fill="currentColor" />}
          {theme === 'dark' && <path d="M8 2.500a5.500 5.500 0 000 11z" fill="currentColor" />}
        </svg>
      </button>
    </div>
  );
}

function Header({ view, who }: { view: string; who?: Me }) {
  return (
    <header class="top">
      <div class="topbar">
        <a class="brand" href="#/ask"><Mark /> Braid</a>
        <nav class="views" aria-label={say('nav')}>
          {views.map((v) => (
            <a key={v} href={href(v)} aria-current={v === view ? 'page' : undefined}>
              {icons[v]}<span>{say(`view.${v}`)}</span>
            </a>
          ))}
        </nav>
        <Tools who={who} />
      </div>
      <AskBox />
    </header>
  );
}

export function App({ who, failed }: { who?: Me; failed?: unknown }) {
  useSettings();
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const place = `${route.view}/${route.id}`;
  const before = useRef(place);
  const view = parents[route.view] ?? route.view;

  useLayoutEffect(() => {
    const title = say(`view.${views.find((v) => v === view) ?? 'ask'}` as Key);
    document.title = `${title} · Braid`;
    // Whoever changes the view by keyboard or hears it goes on at its beginning.
    if (before.current !== place && route.view !== 'ask') {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    before.current = place;
  });

  return (
    <>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), main.current?.focus())}>{say('skip')}</a>
      <Header view={view} who={who} />
      <main id="main" ref={main} tabIndex={-1}>
        {failed ? <ProblemNote problem={asProblem(failed)} again={() => location.reload()} /> : who && <View route={route} who={who} key={place} />}
      </main>
      <footer class="foot">
        <span>{say('time.zone', { zone: zone() })}</span>
        {who && <span>Braid {who.version}</span>}
        <a href="api/v1/openapi.json">API</a>
      </footer>
    </>
  );
}

function View({ route, who }: { route: ReturnType<typeof useRoute>; who: Me }) {
  const { view, id, query } = route;
  switch (view) {
    case 'now':
      return <Now who={who} />;
    case 'sessions':
      return id ? <SessionView id={id} /> : <Sessions query={query} />;
    case 'traces':
      return <TraceView id={id} />;
    case 'incidents':
      return id ? <IncidentView id={id} who={who} /> : <Incidents query={query} />;
    case 'reports':
      return <Reports id={id} query={query} who={who} />;
    case 'approvals':
      return <Approvals who={who} />;
    default:
      return <Ask query={query} who={who} />;
  }
}
