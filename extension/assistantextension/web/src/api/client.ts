// The one place that talks to the API.
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Me, Problem as ProblemDocument } from './types.gen';

/** What went wrong, by the server's code; "network" where no server answered. */
export class Problem extends Error {
  constructor(readonly code: string, detail: string) {
    super(detail);
  }
}

const base = 'api/v1';
let token = '';

type Query = Record<string, string | number | undefined>;

function url(path: string, query: Query): string {
  const kept = Object.entries(query).filter(([, v]) => v !== undefined && v !== '');
  const search = new URLSearchParams(kept.map(([k, v]) => [k, String(v)])).toString();
  return `${base}${path}${search && `?${search}`}`;
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return read<T>(await reach(url(path, query), { signal }));
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const send = () =>
    reach(`${base}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Braid-Token': token },
      body: JSON.stringify(body),
      signal,
    });
  const response = await send();
  if (response.status !== 403) return read<T>(response);
  // The collector may have been restarted since the page was opened: its token is another one then.
  const problem = (await response.json()) as ProblemDocument;
  if (problem.code !== 'csrf') throw new Problem(problem.code, problem.detail);
  await me();
  return read<T>(await send());
}

export async function me(): Promise<Me> {
  const who = await get<Me>('/me');
  token = who.csrf_token;
  return who;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: 'same-origin' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem('network', '');
  }
}

async function read<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  let problem: Partial<ProblemDocument> = {};
  try {
    problem = (await response.json()) as ProblemDocument;
  } catch {
    // not one of our problems; the status has to do
  }
  throw new Problem(problem.code ?? 'other', problem.detail ?? `${response.status} ${response.statusText}`);
}

export const reportURL = (id: string, format: 'html' | 'md'): string => `${base}/reports/${encodeURIComponent(id)}.${format}`;
export const sessionTableURL = (filter: Query): string => url('/sessions.csv', filter);
export const streamURL = (language: string): string => `${base}/stream?language=${language}`;
export const segment = encodeURIComponent;

export interface Loaded<T> {
  value?: T;
  problem?: Problem;
  loading: boolean;
  again: () => void;
}

/** Loads when the keys change; what was there stays until the next has come. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, keys: unknown[]): Loaded<T> {
  const [state, setState] = useState<{ value?: T; problem?: Problem; loading: boolean }>({ loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((s) => ({ ...s, problem: undefined, loading: true }));
    load(abort.signal).then(
      (value) => !abort.signal.aborted && setState({ value, loading: false }),
      (error: unknown) => !abort.signal.aborted && setState({ problem: asProblem(error), loading: false }),
    );
    return () => abort.abort();
  }, [...keys, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { ...state, again };
}

export const asProblem = (error: unknown): Problem => (error instanceof Problem ? error : new Problem('other', String(error)));
