import { useState } from 'preact/hooks';
import type { Cell, Table } from '../api/types.gen';
import { inside } from '../state/router';
import { count } from '../state/format';
import { say } from '../state/settings';

interface Order {
  column: number;
  down: boolean;
}

function compare(a: Cell | undefined, b: Cell | undefined): number {
  if (typeof a?.value === 'number' && typeof b?.value === 'number') return a.value - b.value;
  return (a?.text ?? '').localeCompare(b?.text ?? '');
}

/** A table that sorts by any column. */
export function SortableTable({ table, caption = true }: { table: Table; caption?: boolean }) {
  const [order, setOrder] = useState<Order>();
  const rows = [...(table.rows ?? [])];
  if (order) rows.sort((a, b) => compare(a[order.column], b[order.column]) * (order.down ? -1 : 1));
  const turn = (column: number) =>
    setOrder((o) => ({ column, down: o?.column === column ? !o.down : table.columns[column]?.unit !== undefined }));
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={table.title}>
      <table>
        <caption class={caption ? '' : 'visually-hidden'}>{table.title}</caption>
        <thead>
          <tr>
            {table.columns.map((column, i) => (
              <th key={i} scope="col" class={column.unit === undefined ? '' : 'number'}
                aria-sort={order?.column === i ? (order.down ? 'descending' : 'ascending') : undefined}>
                <button type="button" onClick={() => turn(i)} aria-label={say('table.sort', { name: column.name })}>
                  {column.name}
                  <span class="sort" aria-hidden="true">{order?.column === i ? (order.down ? '↓' : '↑') : ''}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} class={table.columns[j]?.unit === undefined ? '' : 'number'}>
                  {cell.link ? <a href={inside(cell.link.path)}>{cell.text}</a> : cell.text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {table.truncated && (
        <p class="muted small">
          {table.total ? say('table.more', { shown: count(rows.length), total: count(table.total) }) : say('table.cut')}
        </p>
      )}
    </div>
  );
}
