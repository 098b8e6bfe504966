// A number in a sentence, and where it comes from.
import { useId, useRef, useState } from 'preact/hooks';
import type { Answer, Fact, Text } from '../api/types.gen';
import { say } from '../state/settings';
import { span, value } from '../state/format';

export function factOf(answer: Answer, id: string | undefined): Fact | undefined {
  return id ? answer.facts?.find((f) => f.id === id) : undefined;
}

/** A sentence whose figures show their source on hover and focus. */
export function Sentence({ text, answer }: { text: Text | null; answer: Answer }) {
  return (
    <>
      {(text ?? []).map((piece, i) => {
        const fact = factOf(answer, piece.fact);
        return fact ? <FactMark key={i} fact={fact} text={piece.text} /> : <span key={i}>{piece.text}</span>;
      })}
    </>
  );
}

export function FactMark({ fact, text }: { fact: Fact; text: string }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [shift, setShift] = useState(0);
  const tip = useRef<HTMLSpanElement>(null);
  const show = () => {
    setOpen(true);
    // Keep it on the page, whatever line the number stands on.
    requestAnimationFrame(() => {
      const box = tip.current?.getBoundingClientRect();
      if (!box) return;
      const over = box.right - (innerWidth - 12);
      if (over > 0) setShift((s) => s - over);
      else if (box.left < 12) setShift((s) => s + 12 - box.left);
    });
  };
  const hide = () => {
    setOpen(false);
    setShift(0);
  };
  return (
    <span class="fact-place" onMouseEnter={show} onMouseLeave={hide}>
      {/* Not a button element: a sentence could then break on either side of it, also after an opening bracket. */}
      <span class="fact" role="button" tabIndex={0} aria-describedby={open ? id : undefined} onFocus={show} onBlur={hide}
        onKeyDown={(e) => e.key === 'Escape' && hide()}>
        {text}
      </span>
      {open && (
        <span class="tip" role="tooltip" id={id} ref={tip} style={{ transform: `translateX(${shift}px)` }}>
          <strong>{fact.name}</strong>
          <span class="tip-row"><span>{say('fact.window')}</span> {span(fact.window)}</span>
          {fact.usual && (
            <span class="tip-row">
              <span>{say('fact.usual')}</span> {value(fact.usual.low, fact.unit)} – {value(fact.usual.high, fact.unit)}
            </span>
          )}
          <span class="tip-row"><span>{say('fact.source')}</span> <code>{fact.source}</code></span>
        </span>
      )}
    </span>
  );
}

/** Where a value lies in the band of what is usual. */
export function Usual({ fact }: { fact: Fact }) {
  const band = fact.usual;
  if (!band) return null;
  const low = Math.min(band.low, fact.value), high = Math.max(band.high, fact.value);
  const room = (high - low) * 0.12 || 1;
  const at = (v: number) => ((v - low + room) / (high - low + 2 * room)) * 100;
  const unitless = fact.unit === 'By' ? fact.unit : '';
  const where = fact.value > band.high ? 'above' : fact.value < band.low ? 'below' : 'within';
  return (
    <div class={`usual ${where}`}>
      <svg width="100%" height="8" aria-hidden="true">
        <rect class="track" x="0" y="3" width="100%" height="2" rx="1" />
        <rect class="band" x={`${at(band.low)}%`} y="2" width={`${at(band.high) - at(band.low)}%`} height="4" rx="2" />
        <circle class="mark" cx={`${at(fact.value)}%`} cy="4" r="3.5" />
      </svg>
      <span>
        {say(`key.${where}`)} · {say('key.usual', { low: value(band.low, unitless), high: value(band.high, fact.unit) })}
      </span>
    </div>
  );
}

/** Two to four figures shown large, with what they are compared with. */
export function KeyFigures({ answer }: { answer: Answer }) {
  const facts = (answer.key ?? []).map((id) => factOf(answer, id)).filter((f) => f !== undefined);
  if (facts.length === 0) return null;
  return (
    <dl class="keys" aria-label={say('key.label')}>
      {facts.map((fact) => {
        const then = factOf(answer, fact.then), change = factOf(answer, fact.change);
        return (
          <div class="key" key={fact.id}>
            <dt>{fact.name}</dt>
            <dd class="key-value"><FactMark fact={fact} text={fact.text} /></dd>
            {change && then && (
              <dd class="key-change">
                <span class="delta">
                  <span aria-hidden="true">{change.value > 0 ? '▲' : change.value < 0 ? '▼' : '＝'}</span> {change.text}
                </span>{' '}
                {say('key.than', { then: then.text })} <span class="nowrap">({span(then.window)})</span>
              </dd>
            )}
            <dd><Usual fact={fact} /></dd>
          </div>
        );
      })}
    </dl>
  );
}
