import type { Chart } from '../api/types.gen';
import { value } from '../state/format';
import { say } from '../state/settings';

/** Bars one below the other; the first series filled, the second as a mark to compare with, the mean as a line across. */
export function Bars({ chart, ranked = false, mean }: { chart: Chart; ranked?: boolean; mean?: number }) {
  const [first, second] = chart.series ?? [];
  const rows = (chart.labels ?? []).map((label, i) => ({ label, now: first?.values[i] ?? null, then: second?.values[i] ?? null }));
  if (ranked) rows.sort((a, b) => (b.now ?? 0) - (a.now ?? 0));
  const most = Math.max(1e-9, ...rows.flatMap((r) => [r.now ?? 0, r.then ?? 0]));
  const share = (v: number) => `${(v / most) * 100}%`;
  return (
    <div class="bars">
      {second && (
        <ul class="legend">
          <li><svg width="18" height="8" aria-hidden="true"><rect class="bar" width="18" height="8" rx="2" /></svg>{first?.name}</li>
          <li><svg width="18" height="8" aria-hidden="true"><line class="bar-then" x1="9" x2="9" y1="0" y2="8" /></svg>{second.name}</li>
          {mean !== undefined && (
            <li>
              <svg width="18" height="8" aria-hidden="true"><line class="bar-mean" x1="9" x2="9" y1="0" y2="8" /></svg>
              {say('map.mean')} {value(mean, chart.unit)}
            </li>
          )}
        </ul>
      )}
      <ol>
        {rows.map((row, i) => (
          <li key={i}>
            <span class="bar-label">{row.label}</span>
            <svg class="bar-place" width="100%" height="14" aria-hidden="true">
              <rect class="bar-track" width="100%" height="14" rx="3" />
              <rect class="bar" width={share(row.now ?? 0)} height="14" rx="3" />
              {row.then !== null && <line class="bar-then" x1={share(row.then)} x2={share(row.then)} y1="0" y2="14" />}
              {mean !== undefined && <line class="bar-mean" x1={share(mean)} x2={share(mean)} y1="-3" y2="17" />}
            </svg>
            <span class="bar-value">
              {row.now === null ? '–' : value(row.now, chart.unit)}
              {row.then ? <span class="muted"> {change((row.now ?? 0) / row.then - 1)}</span> : null}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

export function change(share: number): string {
  const percent = Math.round(share * 100);
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)} %`;
}
