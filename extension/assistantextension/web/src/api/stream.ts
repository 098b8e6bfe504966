// The live stream: present state and arrivals, while the page is looked at.
import { useLayoutEffect, useState } from 'preact/hooks';
import { streamURL } from './client';
import type { Answer, Arrivals, Problem } from './types.gen';

export type StreamState = 'wait' | 'on' | 'lost';

export interface Live {
  cards?: Answer[];
  arrivals?: Arrivals;
  problem?: Problem;
  state: StreamState;
}

export function useStream(language: string, wanted: boolean): Live {
  const [live, setLive] = useState<Live>({ state: 'wait' });
  const [seen, setSeen] = useState(!document.hidden);
  useLayoutEffect(() => {
    const changed = () => setSeen(!document.hidden);
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  useLayoutEffect(() => {
    if (!wanted || !seen) return;
    const source = new EventSource(streamURL(language));
    const on = <T>(name: string, take: (data: T) => Partial<Live>) =>
      source.addEventListener(name, (event) => {
        const data = JSON.parse((event as MessageEvent<string>).data) as T;
        setLive((l) => ({ ...l, state: 'on', ...take(data) }));
      });
    on<Answer[]>('now', (cards) => ({ cards, problem: undefined }));
    on<Arrivals>('arrivals', (arrivals) => ({ arrivals }));
    on<Problem>('problem', (problem) => ({ problem }));
    source.onerror = () => setLive((l) => ({ ...l, state: 'lost' })); // the browser tries again by itself
    return () => source.close();
  }, [language, wanted, seen]);
  return live;
}
