// The steps of a trace over its time, callers above what they called.
import { useId, useState } from 'preact/hooks';
import type { Span, Trace } from '../api/types.gen';
import { fromNanoseconds, length } from '../state/format';
import { say } from '../state/settings';
import { SortableTable } from './table';

interface Step {
  span: Span;
  depth: number;
  offset: number; // milliseconds after the trace began
  length: number;
}

const deepest = 12;
const tones = 6;

function stepsOf(trace: Trace): { steps: Step[]; whole: number } {
  const depth = new Map<string, number>();
  const begins = trace.steps.map((s) => Date.parse(s.start));
  const from = Math.min(...begins, Date.parse(trace.start));
  const steps = trace.steps.map((span) => {
    const d = span.parent_span_id ? (depth.get(span.parent_span_id) ?? -1) + 1 : 0;
    depth.set(span.span_id, d);
    return { span, depth: Math.min(deepest, d), offset: Date.parse(span.start) - from, length: fromNanoseconds(span.duration_ns) };
  });
  return { steps, whole: Math.max(0.001, fromNanoseconds(trace.duration_ns), ...steps.map((s) => s.offset + s.length)) };
}

export function Waterfall({ trace }: { trace: Trace }) {
  const [asTable, setAsTable] = useState(false);
  const { steps, whole } = stepsOf(trace);
  const services = [...new Set(steps.map((s) => s.span.service))];
  const tone = (service: string) => services.indexOf(service) % tones;
  return (
    <div class="waterfall">
      <div class="chart-head">
        <ul class="legend">
          {services.map((s) => (
            <li key={s}><svg width="10" height="10" aria-hidden="true"><rect class={`tone-${tone(s)}`} width="10" height="10" rx="2" /></svg>{s}</li>
          ))}
        </ul>
        <div class="toggle" role="group" aria-label={trace.operation}>
          <button type="button" aria-pressed={!asTable} onClick={() => setAsTable(false)}>{say('chart.chart')}</button>
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(true)}>{say('chart.table')}</button>
        </div>
      </div>
      {asTable ? <AsTable steps={steps} title={trace.operation} /> : (
        <>
          <div class="ruler" aria-hidden="true">
            {[0, 0.25, 0.5, 0.75, 1].map((t) => <span key={t}>{length(whole * t)}</span>)}
          </div>
          <ol class="steps">
            {steps.map((step) => <Row key={step.span.span_id} step={step} whole={whole} tone={tone(step.span.service)} />)}
          </ol>
        </>
      )}
    </div>
  );
}

function Row({ step, whole, tone }: { step: Step; whole: number; tone: number }) {
  const { span, depth } = step;
  const id = useId();
  const [open, setOpen] = useState(false);
  const more: [string, string | undefined][] = [
    [say('trace.service'), span.service], [say('trace.host'), span.host], [say('trace.kind'), span.kind],
    [say('trace.begin'), length(step.offset)], [say('trace.length'), length(step.length)], [say('trace.detail'), span.detail],
  ];
  return (
    <li class={span.failed ? 'step failed' : 'step'}>
      <button type="button" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
        <span class="step-name" style={{ paddingLeft: `${depth * 12}px` }}>
          {span.failed && <span class="bad" role="img" aria-label={say('trace.failed')}>✕ </span>}
          <b>{span.name}</b> <span class="muted">{span.service}</span>
        </span>
        <svg class="step-bar" width="100%" height="16" aria-hidden="true">
          <line class="grid" x1="25%" x2="25%" y2="16" /><line class="grid" x1="50%" x2="50%" y2="16" /><line class="grid" x1="75%" x2="75%" y2="16" />
          <rect class={`tone-${tone}`} x={`${(step.offset / whole) * 100}%`} y="3" width={`${Math.max(0.4, (step.length / whole) * 100)}%`} height="10" rx="2" />
          {span.failed && <rect class="failed-mark" x={`${(step.offset / whole) * 100}%`} y="13" width={`${Math.max(0.4, (step.length / whole) * 100)}%`} height="2" />}
        </svg>
        <span class="step-length">{length(step.length)}</span>
      </button>
      {open && (
        <dl class="facts step-more" id={id}>
          {more.filter(([, v]) => v).map(([name, v]) => <div key={name}><dt>{name}</dt><dd>{v}</dd></div>)}
        </dl>
      )}
    </li>
  );
}

function AsTable({ steps, title }: { steps: Step[]; title: string }) {
  return (
    <SortableTable caption={false} table={{
      title,
      columns: [
        { name: say('trace.step') }, { name: say('trace.service') }, { name: say('trace.begin'), unit: 'ms' },
        { name: say('trace.length'), unit: 'ms' }, { name: say('trace.detail') },
      ],
      rows: steps.map((s) => [
        { text: (s.span.failed ? '✕ ' : '') + s.span.name }, { text: s.span.service },
        { text: length(s.offset), value: s.offset }, { text: length(s.length), value: s.length }, { text: s.span.detail ?? '' },
      ]),
    }} />
  );
}
