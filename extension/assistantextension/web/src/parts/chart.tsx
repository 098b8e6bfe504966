// A chart of an answer, whatever its kind, and the same as a table.
import { useId, useState } from 'preact/hooks';
import type { Answer, Chart, Table } from '../api/types.gen';
import { moment, value } from '../state/format';
import { say } from '../state/settings';
import { Bars } from './bars';
import { Sentence } from './fact';
import { LineChart } from './linechart';
import { RegionMap, regionsOf } from './regionmap';
import { SortableTable } from './table';

/** Nobody reads more rows than these; of a longer chart every second, third… moment is shown. */
const mostRows = 500;

/** The figures of a chart, row by row. */
export function tableOf(chart: Chart): Table {
  const unit = chart.unit ?? '';
  const cell = (v: number | null | undefined) =>
    typeof v === 'number' ? { text: value(v, unit), value: v } : { text: '–' };
  const lists: { name: string; values: (number | null)[] }[] = [];
  for (const s of chart.series ?? []) {
    lists.push({ name: s.name, values: s.values ?? [] });
    if (s.low) lists.push({ name: say('chart.low', { name: s.name }), values: s.low });
    if (s.high) lists.push({ name: say('chart.high', { name: s.name }), values: s.high });
  }
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
  if (chart.times?.length) return <LineChart chart={chart} description={description} height={small ? 120 : 190} />;
  if (chart.kind === 'map' && regionsOf(chart)) {
    return (
      <div class="map-and-bars">
        <RegionMap chart={chart} />
        <Bars chart={chart} ranked />
      </div>
    );
  }
  if (chart.labels?.length) return <Bars chart={chart} ranked={chart.kind === 'map'} />;
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
