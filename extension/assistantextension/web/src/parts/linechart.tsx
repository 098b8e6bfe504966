// Curves over time, drawn by uPlot: today's in the accent, the compared day dashed, what is usual as a band.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Chart, Series } from '../api/types.gen';
import { axis, clock, day, moment, value } from '../state/format';
import { say, useSettings } from '../state/settings';

interface Plan {
  data: uPlot.AlignedData;
  series: uPlot.Series[];
  bands: uPlot.Band[];
  shown: { index: number; series: Series; colour: string }[];
}

interface Look {
  colour: (name: string) => string;
}

function look(element: Element): Look {
  const style = getComputedStyle(element);
  return { colour: (name) => style.getPropertyValue(name).trim() };
}

const colours: Record<string, string> = {
  now: '--accent', then: '--then', usual: '--usual-line', forecast: '--accent', other: '--series-2',
};

/** Orders the curves so that bands lie beneath and the present on top. */
function plan(chart: Chart, { colour }: Look): Plan {
  const order = ['usual', 'forecast', 'other', 'then', 'now'];
  const sorted = [...(chart.series ?? [])].sort((a, b) => order.indexOf(a.style) - order.indexOf(b.style));
  const p: Plan = { data: [chart.times ?? []], series: [{}], bands: [], shown: [] };
  const data = p.data as (number | null)[][];
  const add = (values: (number | null)[], s: uPlot.Series) => p.series.push({ points: { show: false }, ...s }) && data.push(values) - 1;
  for (const s of sorted) {
    const stroke = colour(colours[s.style] ?? '--series-2');
    if (s.low && s.high) {
      const high = add(s.high, { width: 0 });
      const low = add(s.low, { width: 0 });
      p.bands.push({ series: [high, low], fill: colour(s.style === 'forecast' ? '--forecast-band' : '--usual-band') });
      if (s.style === 'usual') {
        p.shown.push({ index: add(s.values, { width: 0 }), series: s, colour: stroke });
        continue;
      }
    }
    const dash = s.style === 'then' ? [5, 4] : s.style === 'forecast' ? [3, 3] : undefined;
    const index = add(s.values, { stroke, width: s.style === 'now' ? 2 : 1.5, dash });
    p.shown.push({ index, series: s, colour: stroke });
  }
  return p;
}

/** A limit is a line across with its value. */
function drawLimit(limit: number, colour: string): (u: uPlot) => void {
  return (u) => {
    const y = u.valToPos(limit, 'y', true);
    if (y < u.bbox.top || y > u.bbox.top + u.bbox.height) return;
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(u.bbox.left, y);
    ctx.lineTo(u.bbox.left + u.bbox.width, y);
    ctx.stroke();
    ctx.restore();
  };
}

function axes(grid: string, text: string): uPlot.Axis[] {
  const font = '11px system-ui, sans-serif';
  const line = { stroke: grid, width: 1 };
  const plain = { stroke: text, font, ticks: { show: false }, gap: 6 };
  return [
    {
      ...plain, grid: { show: false }, size: 22, space: 64,
      values: (_u, splits, _i, _space, step) => splits.map((t, i) => {
        const date = step >= 86_400 || (i > 0 && day(t * 1000) !== day((splits[i - 1] ?? t) * 1000));
        return date ? day(t * 1000) : clock(t * 1000);
      }),
    },
    { ...plain, grid: line, size: 44, space: 36, values: (_u, splits) => splits.map(axis) },
  ];
}

/** The lowest and greatest shown: from zero where that leaves the curves readable. */
function range(limit: number | null | undefined): uPlot.Range.Function {
  return (_u, min, max) => {
    const top = Math.max(max ?? 1, limit ?? -Infinity), bottom = min ?? 0;
    const room = (top - bottom || Math.abs(top) || 1) * 0.08;
    return [bottom >= 0 && bottom < top * 0.7 ? 0 : bottom - room, top + room];
  };
}

export function LineChart({ chart, description, height }: { chart: Chart; description: string; height: number }) {
  const { theme, language, timeZone } = useSettings();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [spoken, setSpoken] = useState('');
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const [shown, setShown] = useState<Plan['shown']>([]);

  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => setDark(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, []);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const style = look(element);
    const p = plan(chart, style);
    setShown([...p.shown].reverse());
    const u = new uPlot({
      width: element.clientWidth, height, series: p.series, bands: p.bands,
      legend: { show: false }, padding: [8, 16, 0, 0],
      tzDate: (t) => uPlot.tzDate(new Date(t * 1000), timeZone),
      scales: { y: { range: range(chart.limit) } },
      axes: axes(style.colour('--grid'), style.colour('--muted')),
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      hooks: {
        setCursor: [(self) => setAt(self.cursor.idx ?? null)],
        draw: typeof chart.limit === 'number' ? [drawLimit(chart.limit, style.colour('--critical'))] : [],
      },
    }, p.data, element);
    plot.current = u;
    const sized = new ResizeObserver(() => u.setSize({ width: element.clientWidth, height }));
    sized.observe(element);
    return () => {
      sized.disconnect();
      u.destroy();
    };
  }, [chart, height, theme, dark, language, timeZone]);

  const read = (i: number) =>
    `${moment((chart.times?.[i] ?? 0) * 1000)}: ` + shown.map((s) => `${s.series.name} ${show(s.series.values[i])}`).join(', ');
  const show = (v: number | null | undefined) => (typeof v === 'number' ? value(v, chart.unit) : '–');

  const onKeyDown = (e: KeyboardEvent) => {
    const last = (chart.times?.length ?? 0) - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -Infinity, End: Infinity }[e.key];
    const u = plot.current;
    if (step === undefined || !u) return;
    e.preventDefault();
    const i = Math.min(last, Math.max(0, (at ?? last) + step));
    u.setCursor({ left: u.valToPos(chart.times?.[i] ?? 0, 'x'), top: 0 });
    setAt(i);
    setSpoken(read(i));
  };

  const index = at ?? (chart.times?.length ?? 1) - 1;
  return (
    <>
      <ul class="legend">
        {shown.map(({ series, colour }) => (
          <li key={series.name}>
            <svg width="18" height="8" aria-hidden="true">
              {series.style === 'usual' ? <rect class="legend-band" width="18" height="8" rx="2" />
                : <line x1="0" x2="18" y1="4" y2="4" stroke={colour} stroke-width={series.style === 'now' ? 2.5 : 1.5}
                    stroke-dasharray={series.style === 'then' ? '5 3' : series.style === 'forecast' ? '3 2' : undefined} />}
            </svg>
            {series.name} <b>{at === null ? '' : show(series.values[index])}</b>
          </li>
        ))}
        {typeof chart.limit === 'number' && (
          <li>
            <svg width="18" height="8" aria-hidden="true"><line class="legend-limit" x1="0" x2="18" y1="4" y2="4" /></svg>
            {say('chart.limit')} {value(chart.limit, chart.unit)}
          </li>
        )}
        <li class="legend-time">{at === null ? '' : moment((chart.times?.[index] ?? 0) * 1000)}</li>
      </ul>
      <div class="plot" ref={place} role="img" aria-label={description} tabIndex={0} onKeyDown={onKeyDown}
        onBlur={() => setAt(null)} />
      <span class="visually-hidden" aria-live="polite">{spoken}</span>
    </>
  );
}
