// What a reader chose: language, theme, earlier questions. Kept in this browser.
import { useLayoutEffect, useState } from 'preact/hooks';
import en from '../i18n/en.json';
import ko from '../i18n/ko.json';

export type Language = 'ko' | 'en';
export type Theme = 'auto' | 'light' | 'dark';
export type Key = keyof typeof en;

const dictionaries: Record<Language, Record<Key, string>> = { en, ko };
const listeners = new Set<() => void>();

interface Settings {
  language: Language;
  theme: Theme;
  timeZone: string;
}

export const settings: Settings = {
  language: read<Language>('language', ['ko', 'en'], navigator.language.startsWith('ko') ? 'ko' : 'en'),
  theme: read<Theme>('theme', ['auto', 'light', 'dark'], 'auto'),
  timeZone: 'UTC',
};

// Storage may be forbidden; the page then forgets, and works.
function stored(name: string): string | null {
  try {
    return localStorage.getItem(`braid.${name}`);
  } catch {
    return null;
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(`braid.${name}`, value);
  } catch {
    // forgotten at the next visit
  }
}

function read<T extends string>(name: string, known: T[], otherwise: T): T {
  const value = stored(name);
  return known.find((k) => k === value) ?? otherwise;
}

export function change(changes: Partial<Settings>): void {
  Object.assign(settings, changes);
  if (changes.language) store('language', changes.language);
  if (changes.theme) store('theme', changes.theme);
  apply();
  listeners.forEach((tell) => tell());
}

export function apply(): void {
  const root = document.documentElement;
  root.lang = settings.language;
  if (settings.theme === 'auto') delete root.dataset.theme;
  else root.dataset.theme = settings.theme;
}

/** Draws the component anew when a setting changes. */
export function useSettings(): Settings {
  const [, draw] = useState({});
  useLayoutEffect(() => {
    const tell = () => draw({});
    listeners.add(tell);
    return () => void listeners.delete(tell);
  }, []);
  return settings;
}

/** Says a text of the page in a language; names in braces are filled in. */
export function say(key: Key, values: Record<string, string | number> = {}, language = settings.language): string {
  return dictionaries[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** say for a key that is put together; the fallback where there is none. */
export function sayIf(key: string, fallback: string): string {
  return dictionaries[settings.language][key as Key] ?? fallback;
}

const most = 50;

export function earlierQuestions(): string[] {
  try {
    const list: unknown = JSON.parse(stored('questions') ?? '[]');
    return Array.isArray(list) ? list.filter((q) => typeof q === 'string') : [];
  } catch {
    return [];
  }
}

export function rememberQuestion(question: string): void {
  const list = [question, ...earlierQuestions().filter((q) => q !== question)].slice(0, most);
  store('questions', JSON.stringify(list));
}
