// What was asked in this visit. The question stands in the address, so that it can be shared and gone back to.
import { useLayoutEffect, useState } from 'preact/hooks';
import { Problem, asProblem, post } from '../api/client';
import type { Answer } from '../api/types.gen';
import { href as routeTo, go } from './router';
import { rememberQuestion, settings } from './settings';

export type Corrections = Record<string, string>;

export interface Asked {
  question: string;
  corrections: Corrections;
  answer?: Answer;
  problem?: Problem;
}

const most = 20;
const marker = 'c.';
let asked: Asked[] = [];
let running: AbortController | undefined;
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((l) => l());

const same = (a: Asked, question: string, corrections: Corrections) =>
  a.question === question && JSON.stringify(a.corrections) === JSON.stringify(corrections);

export function href(question: string, corrections: Corrections = {}): string {
  const marked = Object.entries(corrections).map(([part, value]) => [marker + part, value]); // empty takes a part away
  return `${routeTo('ask')}?${new URLSearchParams([['q', question], ...marked])}`;
}

export function correctionsOf(query: URLSearchParams): Corrections {
  const found: Corrections = {};
  for (const [name, value] of query) if (name.startsWith(marker)) found[name.slice(marker.length)] = value;
  return found;
}

/** Asks, also what was asked just before. */
export function ask(question: string, corrections: Corrections = {}): void {
  const text = question.trim();
  if (!text) return;
  rememberQuestion(text);
  asked = asked.filter((a) => !same(a, text, corrections));
  const to = href(text, corrections);
  if (location.hash === to) void answer(text, corrections);
  else go(to);
}

/** Sends the question unless its answer is there. */
export async function answer(question: string, corrections: Corrections): Promise<void> {
  const known = asked.find((a) => same(a, question, corrections));
  if (known) {
    asked = [known, ...asked.filter((a) => a !== known)];
    return tell();
  }
  running?.abort();
  const abort = (running = new AbortController());
  const entry: Asked = { question, corrections };
  asked = [entry, ...asked.filter((a) => a.answer ?? a.problem)].slice(0, most);
  tell();
  try {
    const body = { question, language: languageOf(question), ...(Object.keys(corrections).length > 0 && { corrections }) };
    entry.answer = await post<Answer>('/ask', body, abort.signal);
  } catch (error) {
    if (abort.signal.aborted) return;
    entry.problem = asProblem(error);
  }
  tell();
}

/** A sentence says its own language; a word or two without Hangul are answered in that of the page. */
function languageOf(question: string): string | undefined {
  const short = question.split(/\s+/).length <= 2 && !/\p{Script=Hangul}/u.test(question);
  return short ? settings.language : undefined;
}

/** Asks the one that failed again. */
export function askAgain(entry: Asked): void {
  asked = asked.filter((a) => a !== entry);
  void answer(entry.question, entry.corrections);
}

export function useAsked(): Asked[] {
  const [, draw] = useState({});
  useLayoutEffect(() => {
    const changed = () => draw({});
    listeners.add(changed);
    return () => void listeners.delete(changed);
  }, []);
  return asked;
}

/** Puts a question back into the box, the piece that was misread selected. */
export function rephrase(question: string, piece: string | undefined): void {
  const box = document.querySelector<HTMLInputElement>('#ask');
  if (!box) return;
  box.value = question;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  box.focus();
  const at = piece ? question.indexOf(piece) : -1;
  if (at >= 0) box.setSelectionRange(at, at + (piece ?? '').length);
}
