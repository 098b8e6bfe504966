// How the question was read, part by part, each to be corrected by a click.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Answer, Reading } from '../api/types.gen';
import { ask, rephrase, type Corrections } from '../state/ask';
import { say, sayIf } from '../state/settings';
import { icons } from './icons';

/** The corrections with one more. Filters are one part together: picking for one keeps the others. */
function corrected(corrections: Corrections, all: Reading[], one: Reading, value: string): Corrections {
  const others = one.part === 'filter' ? all.filter((r) => r.part === 'filter' && r !== one).map((r) => r.value) : [];
  return { ...corrections, [one.part]: [...others, value].filter(Boolean).join(',') };
}

export function Readings({ answer, corrections }: { answer: Answer; corrections: Corrections }) {
  if (!answer.reading?.length) return null;
  const question = answer.question ?? '', all = answer.reading;
  return (
    <div class="readings" role="group" aria-label={say('reading')}>
      <span class="muted">{say('reading')}</span>
      {all.map((reading, i) => (
        <Chip key={i} reading={reading} onPick={(value) => ask(question, corrected(corrections, all, reading, value))}
          onRephrase={() => rephrase(question, reading.source)} />
      ))}
    </div>
  );
}

function Chip({ reading, onPick, onRephrase }: { reading: Reading; onPick: (value: string) => void; onRephrase: () => void }) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const part = sayIf(`reading.part.${reading.part}`, reading.part);

  useLayoutEffect(() => {
    if (!open) return;
    place.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const outside = (e: Event) => place.current?.contains(e.target as Node) || setOpen(false);
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const onKeyDown = (e: KeyboardEvent) => {
    const items = [...(place.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (e.key === 'Escape' || e.key === 'Tab') {
      setOpen(false);
      if (e.key === 'Escape') button.current?.focus();
    } else if (step && items.length) {
      e.preventDefault();
      const i = items.indexOf(document.activeElement as HTMLElement);
      items[(i + step + items.length) % items.length]?.focus();
    }
  };

  return (
    <span class="chip-place" ref={place} onKeyDown={open ? onKeyDown : undefined}>
      <button type="button" class="chip reading" ref={button} aria-haspopup="menu" aria-expanded={open}
        onClick={() => setOpen(!open)}>
        <span class="muted">{part}</span> {reading.label} {icons.down}
      </button>
      {open && (
        <span class="menu" role="menu" aria-label={part}>
          {(reading.choices ?? []).map((choice) => (
            <button type="button" role="menuitem" tabIndex={-1} key={choice.value} onClick={() => (setOpen(false), onPick(choice.value))}>
              {choice.label}
            </button>
          ))}
          <button type="button" role="menuitem" tabIndex={-1} class="muted" onClick={() => (setOpen(false), onRephrase())}>
            {say('reading.rephrase')}
          </button>
        </span>
      )}
    </span>
  );
}
