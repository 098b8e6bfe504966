// Numbers, times and lengths as a reader writes them.
import { settings, sayIf } from './settings';
import type { Window } from '../api/types.gen';

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = settings.language + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.NumberFormat(settings.language, options)));
  return made as Intl.NumberFormat;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = settings.language + settings.timeZone + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    const zoned = { ...options, timeZone: settings.timeZone, hourCycle: 'h23' as const };
    formats.set(key, (made = new Intl.DateTimeFormat('en-CA', zoned)));
  }
  return made as Intl.DateTimeFormat;
}

export function count(n: number): string {
  return numberFormat({ maximumFractionDigits: 0 }).format(n);
}

/** A value with its UCUM unit; annotations such as {user} become words. */
export function value(n: number, unit = ''): string {
  const digits = Math.abs(n) >= 100 || Number.isInteger(n) ? 0 : Math.abs(n) >= 1 ? 1 : 3;
  const text = numberFormat({ maximumFractionDigits: digits }).format(n);
  if (unit === '' || unit === '1') return text;
  if (unit === 'By') return bytes(n);
  const annotated = /^\{(.+?)\}(.*)$/.exec(unit);
  if (!annotated) return `${text} ${unit}`;
  const word = sayIf(`unit.${annotated[1]}${annotated[2]}`, `${annotated[1]}${annotated[2]}`);
  return settings.language === 'ko' ? text + word : `${text} ${word}`;
}

function bytes(n: number): string {
  const step = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.abs(n) || 1) / 10)));
  return `${numberFormat({ maximumFractionDigits: 1 }).format(n / 2 ** (10 * step))} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][step]}`;
}

/** A number for an axis: short. */
export function axis(n: number): string {
  return numberFormat({ notation: 'compact', maximumFractionDigits: 1 }).format(n);
}

export function clock(at: number | string | Date, seconds = false): string {
  return dateFormat({ hour: '2-digit', minute: '2-digit', second: seconds ? '2-digit' : undefined }).format(new Date(at));
}

export function day(at: number | string | Date): string {
  return dateFormat({ month: '2-digit', day: '2-digit' }).format(new Date(at));
}

export function moment(at: number | string | Date): string {
  return `${day(at)} ${clock(at)}`;
}

/** A time as a form holds it, on the clock of the service's zone: 2026-11-18T14:25. Empty of what is no time. */
export function local(at: string | number): string {
  if (Number.isNaN(new Date(at).getTime())) return '';
  return `${dateFormat({ year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at))}T${clock(at)}`;
}

/** The instant of a time on that clock, as the API takes it. What is no such time stays as it is: the API says so. */
export function instant(text: string): string {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return text;
  const ahead = (at: number) => Date.parse(`${local(at)}Z`) - at;
  const near = wall - ahead(wall); // on the day the clocks change, near is not yet right
  return new Date(wall - ahead(near)).toISOString();
}

/** A window: 11-18 14:25–14:30, or with both days where they differ. */
export function span(w: Window): string {
  const from = day(w.start), to = day(w.end);
  return from === to ? `${from} ${clock(w.start)}–${clock(w.end)}` : `${moment(w.start)} – ${moment(w.end)}`;
}

export function zone(): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: settings.timeZone, timeZoneName: 'short' }).formatToParts();
  const short = parts.find((p) => p.type === 'timeZoneName')?.value ?? '';
  return `${settings.timeZone} (${short})`;
}

/** A length given in milliseconds. */
export function length(ms: number): string {
  if (ms < 1) return `${numberFormat({ maximumFractionDigits: 2 }).format(ms)} ms`;
  if (ms < 1000) return `${numberFormat({ maximumFractionDigits: 0 }).format(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${numberFormat({ maximumFractionDigits: s < 10 ? 2 : 1 }).format(s)} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} m`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

export const fromNanoseconds = (ns: number): number => ns / 1e6;
