// Who calls whom: callers left of what they call, drawn by hand. What is known of a call stands on its arrow.
import { useState } from 'preact/hooks';
import type { Chart, Edge } from '../api/types.gen';
import { length, value } from '../state/format';
import { href, inside } from '../state/router';
import { say } from '../state/settings';

/** A service with its place, or, without a height, a place where an arrow passes between services. */
interface Node {
  name: string;
  x: number;
  y: number;
  height: number;
}

const width = 120, height = 34, across = 98, gap = 30;
/** From this share of failed calls on, in percent, an arrow is drawn as one that fails. */
const failing = 1;
/** On more arrows than these there is no room to write: what is known stands below the map, and in the table. */
const written = 24;

/** How many calls away from where they begin a service stands. Of calls in a circle, the rarest lead back. */
function depthsOf(edges: Edge[]): Map<string, number> {
  const ahead: Edge[] = [];
  const reaches = (from: string, to: string) => {
    const seen = new Set([from]);
    for (const name of seen) for (const e of ahead) if (e.from === name) seen.add(e.to); // also goes over what is added
    return seen.has(to);
  };
  for (const e of [...edges].sort((a, b) => (b.calls ?? Infinity) - (a.calls ?? Infinity))) if (!reaches(e.to, e.from)) ahead.push(e);
  const depths = new Map(edges.flatMap((e) => [[e.from, 0], [e.to, 0]]));
  for (let moved = true; moved;) {
    moved = false;
    for (const e of ahead) {
      const least = (depths.get(e.from) ?? 0) + 1;
      if ((depths.get(e.to) ?? 0) < least) moved = Boolean(depths.set(e.to, least));
    }
  }
  return depths;
}

interface Layout {
  nodes: Map<string, Node>;
  /** For each arrow the names it goes through; those it only passes have a number before them. */
  ways: string[][];
  wide: number;
  high: number;
}

/** Services in columns; each moves to the middle of those it is tied to, there and back, so that few arrows cross. */
function layoutOf(edges: Edge[]): Layout {
  const depths = depthsOf(edges);
  const columns: string[][] = [];
  for (const [name, depth] of depths) (columns[depth] ??= []).push(name);
  const ways = edges.map((e, i) => {
    const from = depths.get(e.from) ?? 0, to = depths.get(e.to) ?? 0;
    const passed = Array.from({ length: Math.max(0, to - from - 1) }, (_, k) => `${i} ${k}\0`);
    passed.forEach((name, k) => columns[from + 1 + k]?.push(name));
    return [e.from, ...passed, e.to];
  });
  const ties = new Map<string, string[]>();
  for (const way of ways) {
    way.forEach((name, i) => ties.set(name, [...(ties.get(name) ?? []), ...[way[i - 1], way[i + 1]].filter((n) => n !== undefined)]));
  }
  for (let turn = 0; turn < 6; turn++) {
    const place = new Map(columns.flatMap((c) => c.map((name, i) => [name, (i + 0.5) / c.length])));
    const middle = (name: string) => {
      const tied = ties.get(name) ?? [];
      return tied.reduce((sum, n) => sum + (place.get(n) ?? 0), place.get(name) ?? 0) / (tied.length + 1);
    };
    columns.forEach((c) => c.sort((a, b) => middle(a) - middle(b)));
  }
  const tall = (name: string) => (depths.has(name) ? height : 0);
  const highs = columns.map((c) => c.reduce((sum, name) => sum + tall(name) + gap, 0));
  const high = Math.max(...highs);
  const nodes = new Map<string, Node>();
  columns.forEach((c, i) => {
    let y = (high - (highs[i] ?? 0)) / 2 + 10;
    for (const name of c) {
      nodes.set(name, { name, x: 4 + i * (width + across), y, height: tall(name) });
      y += tall(name) + gap;
    }
  });
  return { nodes, ways, wide: columns.length * (width + across) - across + 8, high };
}

/** Where an arrow meets a service: those of one side are spread over it, in the order of where they come from or go. */
function port(layout: Layout, way: string[], end: 0 | -1): number {
  const node = layout.nodes.get(way.at(end) ?? '');
  if (!node?.height) return node?.y ?? 0;
  const next = (w: string[]) => layout.nodes.get(w.at(end === 0 ? 1 : -2) ?? '')?.y ?? 0;
  const side = layout.ways.filter((w) => w.at(end) === node.name).sort((a, b) => next(a) - next(b));
  return node.y + (node.height * (side.indexOf(way) + 1)) / (side.length + 1);
}

/** The line of an arrow, its head, and where there is room to write. */
function drawn(layout: Layout, way: string[]) {
  const [from, to] = [layout.nodes.get(way[0] ?? ''), layout.nodes.get(way.at(-1) ?? '')];
  if (!from || !to) return { line: '', head: '', x: 0, y: 0, back: false };
  if (to.x <= from.x) { // what leads back passes below
    const [x1, x2] = [from.x + width / 2, to.x + width / 2];
    const [y1, y2] = [from.y + height, to.y + height];
    const low = layout.high + gap;
    return { line: `M${x1} ${y1}C${x1} ${low} ${x2} ${low} ${x2} ${y2}`, head: `M${x2 - 4.5} ${y2 + 8}L${x2} ${y2} ${x2 + 4.5} ${y2 + 8}z`, x: (x1 + x2) / 2, y: 0.75 * low + (y1 + y2) / 8, back: true };
  }
  let x = from.x + width, y = port(layout, way, 0);
  const room = { x: x + across / 2, y };
  let line = `M${x} ${y}`;
  way.slice(1).forEach((name, i) => {
    const node = layout.nodes.get(name) ?? to;
    const at = node === to ? port(layout, way, -1) : node.y;
    const bend = (node.x - x) / 2;
    line += `C${x + bend} ${y} ${node.x - bend} ${at} ${node.x} ${at}${node === to ? '' : `H${node.x + width}`}`;
    if (i === 0) room.y = (y + at) / 2;
    [x, y] = [node.x + (node === to ? 0 : width), at];
  });
  return { line, head: `M${x - 8} ${y - 4.5}L${x} ${y} ${x - 8} ${y + 4.5}z`, ...room, back: false };
}

/** A name as long as a node is wide; Hangul is twice as wide as Latin. */
function fit(name: string): string {
  let room = 16;
  for (const [i, letter] of [...name].entries()) {
    room -= letter > '\u1100' ? 1.8 : 1;
    if (room < 0) return `${[...name].slice(0, i).join('')}…`;
  }
  return name;
}

const fails = (e: Edge) => (typeof e.failed === 'number' ? e.failed : 0);

/** What is known of a call, in words. */
function told(e: Edge, unit?: string): string {
  const parts = [
    typeof e.calls === 'number' && value(e.calls, unit),
    typeof e.failed === 'number' && `${say('session.errors')} ${value(e.failed, '%')}`,
    typeof e.latency === 'number' && `${say('graph.latency')} ${length(e.latency)}`, e.marked && say('graph.path'),
  ];
  return `${e.from} → ${e.to}: ${parts.filter(Boolean).join(', ')}`;
}

export function ServiceMap({ chart }: { chart: Chart }) {
  const [at, setAt] = useState('');
  const edges = chart.edges ?? [];
  const layout = layoutOf(edges);
  const arrows = edges.map((e, i) => ({ e, text: told(e, chart.unit), ...drawn(layout, layout.ways[i] ?? []) }));
  const marked = (name: string) => edges.some((e) => e.marked && (e.from === name || e.to === name));
  return (
    <>
      <div class="table-scroll graph" tabIndex={0} role="region" aria-label={`${chart.title} · ${say('chart.chart')}`}>
        <svg width={layout.wide} height={layout.high + (arrows.some((a) => a.back) ? gap : 0)} role="group" aria-label={chart.title} onMouseLeave={() => setAt('')}>
          {arrows.map(({ e, text, line, head }, i) => {
            const show = () => setAt(text);
            const name = `edge${fails(e) >= failing ? ' failing' : ''}${e.marked ? ' marked' : ''}${typeof e.calls === 'number' ? '' : ' unknown'}`;
            const arrow = (
              <>
                <path class="reach" d={line} />
                <path class="line" d={line} />
                <path class="head" d={head} />
              </>
            );
            return e.link
              ? <a key={i} class={name} href={inside(e.link.path)} aria-label={text} onFocus={show} onMouseEnter={show}>{arrow}</a>
              : <g key={i} class={name} onMouseEnter={show}>{arrow}</g>;
          })}
          {arrows.map(({ e, x, y }, i) => (edges.length <= written || e.marked) && (
            <text key={i} class={fails(e) >= failing ? 'told failing' : 'told'} x={x} y={y - 3} text-anchor="middle" aria-hidden="true">
              {typeof e.calls === 'number' && value(e.calls, chart.unit)}
              <tspan x={x} dy="12">
                {fails(e) >= failing && `✕ ${value(fails(e), '%')} `}{typeof e.latency === 'number' && length(e.latency)}
              </tspan>
            </text>
          ))}
          {[...layout.nodes.values()].filter((n) => n.height).map((n) => {
            const store = edges.some((e) => e.to === n.name && e.store);
            const box = (
              <>
                <title>{n.name}</title>
                <rect x={n.x} y={n.y} width={width} height={height} rx={store ? height / 2 : 6} />
                <text x={n.x + width / 2} y={n.y + height / 2 + 4} text-anchor="middle">{fit(n.name)}</text>
              </>
            );
            const name = marked(n.name) ? 'node marked' : 'node';
            return store ? <g key={n.name} class={name}>{box}</g>
              : <a key={n.name} class={name} href={href('sessions', '', { service: n.name })} aria-label={`${n.name}, ${say('view.sessions')}`}>{box}</a>;
          })}
        </svg>
      </div>
      <p class="muted small graph-told">{at || say('graph.hint')}</p>
    </>
  );
}
