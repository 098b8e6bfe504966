import type { Answer } from '../api/types.gen';
import { moment } from '../state/format';
import { say, sayIf } from '../state/settings';
import { Sentence } from './fact';

/** An event in a few sentences: each figure with its source, and below them who wrote them, by which prompt. */
export function SummaryNote({ answer }: { answer: Answer }) {
  const summary = answer.summary;
  if (!summary) return null;
  const byModel = summary.narrator !== 'deterministic';
  return (
    <section class="summary" aria-label={say('summary')}>
      <p lang={summary.language}>
        {(summary.sentences ?? []).map((sentence, i) => <span key={i}><Sentence text={sentence} answer={answer} />{' '}</span>)}
      </p>
      <p class="summary-by">
        {byModel ? say('summary.model', { name: summary.narrator }) : say('summary.template')}
        {summary.prompt && <> · {say('summary.prompt')} <code title={summary.prompt_hash}>{summary.prompt} {summary.prompt_hash?.slice(0, 12)}</code></>}
        {!byModel && summary.verdict !== 'none' && <> · {sayIf(`summary.${summary.verdict}`, summary.verdict)}</>}
        {' · '}{moment(summary.written)}
      </p>
    </section>
  );
}
