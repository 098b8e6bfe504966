// A chart of an answer, whatever its kind, and the same as a table.
import { useId, useState } from 'preact/hooks';
import type { Answer, Chart, Edge, Table } from '../api/types.gen';
import { moment, value } from '../state/format';
import { say } from '../state/settings';
import { Bars } from './bars';
import { Sentence } from './fact';
import { LineChart } from './linechart';
import { RegionMap, meanOf, regionsOf } from './regionmap';
import { ServiceMap } from './servicemap';
import { SortableTable } from './table';

/** Nobody reads more rows than these; of a longer chart every second, third… moment is shown. */
const mostRows = 500;

/** The arrows of a graph, row by row. */
function tableOfEdges(chart: Chart, edges: Edge[]): Table {
  const cell = (v: number | null | undefined, unit: string) => (typeof v === 'number' ? { text: value(v, unit), value: v } : { text: '–' });
  const marked = edges.some((e) => e.marked);
  const unit = chart.unit ?? '';
  return {
    title: chart.title,
    columns: [
      { name: say('graph.from') }, { name: say('graph.to') }, { name: say('graph.calls'), unit }, { name: say('session.errors'), unit: '%' },
      { name: say('graph.latency'), unit: 'ms' }, ...(marked ? [{ name: say('graph.path') }] : []),
    ],
    rows: edges.map((e) => [
      { text: e.from, link: e.link }, { text: e.to }, cell(e.calls, unit), cell(e.failed, '%'), cell(e.latency, 'ms'),
      ...(marked ? [{ text: e.marked ? '●' : '' }] : []),
    ]),
  };
}

/** The figures of a chart, row by row. */
export function tableOf(chart: Chart): Table {
  if (chart.edges) return tableOfEdges(chart, chart.edges);
  const unit = chart.unit ?? '';
  const cell = (v: number | null | undefined) =>
    typeof v === 'number' ? { text: value(v, unit), value: v } : { text: '–' };
  const lists: { name: string; values: (number | null)[] }[] = [];
  for (const s of chart.series ?? []) {
    lists.push({ name: s.name, values: s.values ?? [] });
    if (s.low) lists.push({ name: say('chart.low', { name: s.name }), values: s.low });
    if (s.high) lists.push({ name: say('chart.high', { name: s.name }), values: s.high });
  }
  const mean = chart.kind === 'map' ? meanOf(chart) : undefined;
  if (mean) lists.push({ name: say('map.mean'), values: (chart.labels ?? []).map(() => mean) });
  const heads = chart.times
    ? chart.times.map((t) => ({ text: moment(t * 1000), value: t }))
    : (chart.labels ?? []).map((text) => ({ text }));
  const step = Math.ceil(heads.length / mostRows) || 1;
  return {
    title: chart.title,
    columns: [{ name: say(chart.times ? 'chart.time' : 'chart.label') }, ...lists.map((l) => ({ name: l.name, unit }))],
    rows: heads.flatMap((head, i) => (i % step ? [] : [[head, ...lists.map((l) => cell(l.values[i]))]])),
    truncated: step > 1,
    total: heads.length,
  };
}

function picture(chart: Chart, description: string, small: boolean) {
  if (chart.edges?.length) return <ServiceMap chart={chart} />;
  if (chart.times?.length) return <LineChart chart={chart} description={description} height={small ? 120 : 190} />;
  if (chart.kind === 'map' && regionsOf(chart)) {
    return (
      <div class="map-and-bars">
        <RegionMap chart={chart} />
        <Bars chart={chart} ranked mean={meanOf(chart)} />
      </div>
    );
  }
  if (chart.labels?.length) return <Bars chart={chart} ranked={chart.kind === 'map'} mean={chart.kind === 'map' ? meanOf(chart) : undefined} />;
  return <p class="muted">{say('chart.none')}</p>;
}

export function ChartFigure({ chart, answer, small = false }: { chart: Chart; answer: Answer; small?: boolean }) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const peak = (chart.peak ?? []).map((p) => p.text).join('');
  const description = say('chart.keys', { title: chart.title, peak: peak && `${peak}.` });
  return (
    <figure class="chart" aria-labelledby={id}>
      <div class="chart-head">
        <figcaption id={id}>
          {chart.title}
          {chart.peak && <span class="muted"> <Sentence text={chart.peak} answer={answer} /></span>}
        </figcaption>
        <div class="toggle" role="group" aria-label={chart.title}>
          <button type="button" aria-pressed={!asTable} onClick={() => setAsTable(false)}>{say('chart.chart')}</button>
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(true)}>{say('chart.table')}</button>
        </div>
      </div>
      {asTable ? <SortableTable table={tableOf(chart)} caption={false} /> : picture(chart, description, small)}
    </figure>
  );
}
