import { useState } from 'preact/hooks';
import { Problem, asProblem, post } from '../api/client';
import type { Approval, Order } from '../api/types.gen';
import { href } from '../state/router';
import { say, settings } from '../state/settings';
import { ProblemNote } from './states';

/** Files the action that a question ordered, for another person to decide about; the question itself did nothing. */
export function Propose({ order, question }: { order: Order; question: string }) {
  const [made, setMade] = useState<Approval>();
  const [problem, setProblem] = useState<Problem>();
  const propose = () =>
    post<Approval>('/approvals', { ...order, reason: question.slice(0, 250), language: settings.language }).then(setMade, (e: unknown) => setProblem(asProblem(e)));
  if (made) return <p class="note good" role="status">{say('propose.done', { action: made.action })} <a href={href('approvals')}>{say('view.approvals')}</a></p>;
  return (
    <>
      <p><button type="button" class="button primary" onClick={() => void propose()}>{say('propose.submit')}</button></p>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}
