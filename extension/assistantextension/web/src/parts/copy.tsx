import { useEffect, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { say } from '../state/settings';

/** A button that copies a text and says so. */
export function Copy({ text, label, children }: { text: () => string; label: string; children?: ComponentChildren }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1600);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setDone(true);
    } catch {
      setDone(false); // the browser did not allow it; the text stands on the page
    }
  };
  return (
    <button type="button" class="button quiet" onClick={() => void copy()} title={label}>
      {children}
      <span aria-live="polite">{done ? say('copied') : label}</span>
    </button>
  );
}
