// Icons drawn here. They say nothing that words beside them do not.
import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">
      {children}
    </svg>
  );
}

export const icons = {
  ask: <Icon><path d="M2.500 3.500h11v7h-6l-3 2.500v-2.500h-2z" /></Icon>,
  now: <Icon><path d="M1.500 8.500h3l2-5 3 9 2-4h3" /></Icon>,
  sessions: <Icon><circle cx="8" cy="5" r="2.500" /><path d="M3 13.500c0-6 10-6 10 0" /></Icon>,
  incidents: <Icon><path d="M8 2l6 11.500H2zM8 6.500v3M8 11.400v.1" /></Icon>,
  reports: <Icon><path d="M3.500 1.500h6l3 3v10h-9zM6 8h4M6 11h4" /></Icon>,
  approvals: <Icon><path d="M8 1.500l5.500 2v4c0 3.500-2.500 6-5.500 7-3-1-5.500-3.500-5.500-7v-4zM5.500 8l2 2 3.500-4" /></Icon>,
  copy: <Icon><path d="M5.500 5.500h8v8h-8zM3 10.500h-.500v-8h8V3" /></Icon>,
  link: <Icon><path d="M6.500 9.500l3-3M7 4.500l1.500-1.500a2.800 2.800 0 014 4L11 8.500M9 11.500L7.500 13a2.800 2.800 0 01-4-4L5 7.500" /></Icon>,
  down: <Icon><path d="M4.500 6.500L8 10l3.500-3.500" /></Icon>,
  right: <Icon><path d="M6.500 4.500L10 8l-3.500 3.500" /></Icon>,
  enter: <Icon><path d="M13 3.500v4.500H3.500M6.500 5L3.500 8l3 3" /></Icon>,
};

/** Braid's mark: three strands. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" fill="none" stroke-width="3.4" stroke-linecap="round">
      <path class="strand-a" d="M8 4c0 8 16 8 16 16v8" />
      <path class="strand-b" d="M24 4c0 5-5 7-8.500 9M8 28v-8c0-2.600 1.700-4.400 4-5.900" />
      <path class="strand-c" d="M16 4v5M16 20v8" />
    </svg>
  );
}

const shapes: Record<string, string> = {
  critical: 'M8 1.500L14.500 8 8 14.500 1.500 8z',
  warning: 'M8 2l6.500 12h-13z',
  info: 'M8 2a6 6 0 110 12A6 6 0 018 2z',
  good: 'M2.500 8.500L6.500 12.500 13.500 4.500',
};

/** A shape for each severity, so that colour is never alone. */
export function Severity({ of, name }: { of: string; name: string }) {
  return (
    <span class={`severity ${of}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={shapes[of] ?? shapes.info} />
      </svg>
      <span class="severity-name">{name}</span>
    </span>
  );
}
