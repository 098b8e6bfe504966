import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../state/ask';
import { useRoute } from '../state/router';
import { earlierQuestions, say } from '../state/settings';
import { icons } from './icons';

const longest = 500;

const writing = (e: KeyboardEvent) => e.target instanceof HTMLElement && e.target.matches('input, textarea, select');

/** The box on top of every view: / goes there, ↑ and ↓ walk through earlier questions. */
export function AskBox() {
  const input = useRef<HTMLInputElement>(null);
  const back = useRef(-1);
  const { view, query } = useRoute();
  const asked = view === 'ask' ? (query.get('q') ?? '') : '';
  const [text, setText] = useState(asked);

  useLayoutEffect(() => setText(asked), [asked]);
  useLayoutEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || writing(e)) return;
      e.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return; // a Korean syllable is being put together
    if (e.key === 'Escape') return input.current?.blur();
    // Who goes to the box by / and is there already means no slash; no question begins with one.
    const box = e.currentTarget as HTMLInputElement;
    if (e.key === '/' && box.selectionStart === 0 && box.selectionEnd === box.value.length) return e.preventDefault();
    const step = { ArrowUp: 1, ArrowDown: -1 }[e.key];
    if (!step) return;
    const earlier = earlierQuestions();
    const at = Math.min(earlier.length - 1, Math.max(-1, back.current + step));
    e.preventDefault();
    back.current = at;
    setText(at < 0 ? '' : (earlier[at] ?? ''));
  };
  const submit = (e: Event) => {
    e.preventDefault();
    back.current = -1;
    ask(text);
    input.current?.select();
  };
  return (
    <form class="askbox" role="search" onSubmit={submit}>
      <label class="visually-hidden" for="ask">{say('ask.label')}</label>
      <input id="ask" ref={input} type="text" autocomplete="off" enterkeyhint="search" maxLength={longest} value={text}
        placeholder={say('ask.placeholder')} aria-describedby="ask-keys" onKeyDown={onKeyDown}
        onInput={(e) => (setText(e.currentTarget.value), (back.current = -1))} />
      <span class="visually-hidden" id="ask-keys">{say('ask.key')}</span>
      <kbd aria-hidden="true">/</kbd>
      <button type="submit" class="button primary" disabled={!text.trim()}>{icons.enter}<span>{say('ask.submit')}</span></button>
    </form>
  );
}
