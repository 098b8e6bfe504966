// What a view shows while it has nothing to show: loading, a problem, nothing there.
import type { ComponentChildren } from 'preact';
import { Problem } from '../api/client';
import { say, sayIf } from '../state/settings';

export function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">{say('loading')}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span class="bone" key={i} />
      ))}
    </div>
  );
}

export function ProblemNote({ problem, again }: { problem: Problem; again?: () => void }) {
  const title = sayIf(`problem.${problem.code}`, say('problem.other'));
  const detail = sayIf(`why.${problem.code}`, problem.message);
  return (
    <div class="note problem" role="alert">
      <strong>{title}</strong>
      <p>{detail}</p>
      {again && (
        <button type="button" class="button" onClick={again}>
          {say('retry')}
        </button>
      )}
    </div>
  );
}

export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="note nothing">{children}</p>;
}
