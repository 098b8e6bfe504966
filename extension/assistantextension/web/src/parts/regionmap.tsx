// A schematic map: one tile a region, where it lies on the map roughly.
import type { Chart } from '../api/types.gen';
import { value } from '../state/format';
import { say } from '../state/settings';

interface Tile {
  names: string[];
  column: number;
  row: number;
}

const tiles: Tile[] = [
  { names: ['서울', 'seoul'], column: 1, row: 0 },
  { names: ['강원', 'gangwon'], column: 2, row: 0 },
  { names: ['인천', 'incheon'], column: 0, row: 1 },
  { names: ['경기', 'gyeonggi'], column: 1, row: 1 },
  { names: ['충북', '충청북', 'chungbuk'], column: 2, row: 1 },
  { names: ['경북', '경상북', 'gyeongbuk'], column: 3, row: 1 },
  { names: ['충남', '충청남', 'chungnam'], column: 0, row: 2 },
  { names: ['세종', 'sejong'], column: 1, row: 2 },
  { names: ['대구', 'daegu'], column: 2, row: 2 },
  { names: ['울산', 'ulsan'], column: 3, row: 2 },
  { names: ['전북', '전라북', 'jeonbuk'], column: 0, row: 3 },
  { names: ['대전', 'daejeon'], column: 1, row: 3 },
  { names: ['경남', '경상남', 'gyeongnam'], column: 2, row: 3 },
  { names: ['부산', 'busan'], column: 3, row: 3 },
  { names: ['전남', '전라남', 'jeonnam'], column: 0, row: 4 },
  { names: ['광주', 'gwangju'], column: 1, row: 4 },
  { names: ['제주', 'jeju'], column: 0, row: 5 },
];

const find = (label: string) => tiles.find((t) => t.names.some((n) => label.toLowerCase().startsWith(n)));

/** The tiles of a chart's labels; undefined where the map does not know enough of them. */
export function regionsOf(chart: Chart): (Tile | undefined)[] | undefined {
  const found = (chart.labels ?? []).map(find);
  const known = found.filter((t) => t !== undefined);
  return known.length > 0 && known.length >= 0.7 * found.length && new Set(known).size === known.length ? found : undefined;
}

const width = 82, height = 46, gap = 4;
/** The mean of all regions; undefined of fewer than two. */
export function meanOf(chart: Chart): number | undefined {
  const known = (chart.series?.[0]?.values ?? []).filter((v) => typeof v === 'number');
  return known.length > 1 ? known.reduce((a, b) => a + b, 0) / known.length : undefined;
}

/** A tile is marked from this much above its own usual. */
const marked = 0.25;

export function RegionMap({ chart }: { chart: Chart }) {
  const found = regionsOf(chart) ?? [];
  const [now, usual] = chart.series ?? [];
  const mean = meanOf(chart);
  const most = Math.max(1e-9, ...[...(now?.values ?? []), ...(usual?.values ?? [])].map((v) => v ?? 0));
  const bar = (v: number) => (v / most) * (width - 16);
  return (
    <svg class="region-map" viewBox={`0 0 ${4 * (width + gap)} ${6 * (height + gap)}`} role="img" aria-label={`${chart.title}. ${say('map.title')}`}>
      {tiles.map((t) => (
        <rect key={t.names[0]} class="tile empty" x={t.column * (width + gap)} y={t.row * (height + gap)} width={width} height={height} rx="6" />
      ))}
      {found.map((t, i) => {
        const v = now?.values[i], u = usual?.values[i];
        if (!t || typeof v !== 'number') return null;
        const x = t.column * (width + gap), y = t.row * (height + gap);
        const over = u ? v / u - 1 : 0;
        return (
          <g key={i}>
            <rect class={over > marked ? 'tile over' : 'tile'} x={x} y={y} width={width} height={height} rx="6"
              fill-opacity={0.1 + 0.3 * Math.sqrt(v / most)} />
            <text class="tile-name" x={x + 8} y={y + 18}>{chart.labels?.[i]}</text>
            <text class="tile-value" x={x + 8} y={y + 33}>{value(v, chart.unit)}</text>
            <rect class="bar" x={x + 8} y={y + 38} width={bar(v)} height="4" rx="1" />
            {[[u, 'bar-then'], [mean, 'bar-mean']].map(([at, name]) => typeof at === 'number' && (
              <line key={name} class={String(name)} x1={x + 8 + bar(at)} x2={x + 8 + bar(at)} y1={y + 36} y2={y + 44} />
            ))}
            {over > marked && <text class="tile-over" x={x + width - 6} y={y + 17} text-anchor="end">▲</text>}
          </g>
        );
      })}
    </svg>
  );
}
