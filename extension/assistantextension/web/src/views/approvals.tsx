import { useId, useState } from 'preact/hooks';
import { Problem, asProblem, get, post, segment, useLoad } from '../api/client';
import type { Approval, Decision, Me } from '../api/types.gen';
import { Loading, Nothing, ProblemNote } from '../parts/states';
import { moment } from '../state/format';
import { say, sayIf } from '../state/settings';

function Facts({ a }: { a: Approval }) {
  return (
    <dl class="facts">
      {a.because && <div class="wide"><dt>{say('approvals.because')}</dt><dd>{a.because}</dd></div>}
      <div><dt>{say('approvals.proposer')}</dt><dd>{a.proposer}, {moment(a.proposed)}</dd></div>
      {a.status === 'pending' && <div><dt>{say('approvals.expires')}</dt><dd>{moment(a.expires)}</dd></div>}
    </dl>
  );
}

function Decide({ a, onDecided }: { a: Approval; onDecided: (a: Approval) => void }) {
  const id = useId();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const decide = async (decision: 'approve' | 'deny') => {
    if (!reason.trim()) return setMissing(true);
    setBusy(true);
    setProblem(undefined);
    try {
      const body: Decision = { reason };
      onDecided(await post<Approval>(`/approvals/${segment(a.id)}/${decision}`, body));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <form class="decide" onSubmit={(e) => e.preventDefault()}>
      <label for={id}>{say('approvals.reason')}</label>
      <textarea id={id} rows={2} maxLength={1000} value={reason} aria-invalid={missing} aria-describedby={missing ? `${id}-m` : undefined}
        onInput={(e) => (setReason(e.currentTarget.value), setMissing(false))} />
      {missing && <p class="bad" id={`${id}-m`} role="alert">{say('approvals.needed')}</p>}
      <div class="decide-buttons">
        <button type="button" class="button primary" disabled={busy} onClick={() => void decide('approve')}>{say('approvals.approve')}</button>
        <button type="button" class="button" disabled={busy} onClick={() => void decide('deny')}>{say('approvals.deny')}</button>
      </div>
      {problem && <ProblemNote problem={problem} />}
    </form>
  );
}

/** The effect stands before the buttons: nobody decides without having passed it. */
function Pending({ a, who, onDecided }: { a: Approval; who: Me; onDecided: (a: Approval) => void }) {
  return (
    <li class="card item approval">
      <h3 class="item-title">{a.action}</h3>
      <p class="effect"><strong>{say('approvals.effect')}</strong> {a.effect}</p>
      <Facts a={a} />
      {who.approve ? <Decide a={a} onDecided={onDecided} /> : <p class="muted">{say('approvals.norole')}</p>}
    </li>
  );
}

const done = (a: Approval) => say('approvals.done', { status: sayIf(`status.${a.status}`, a.status) });

/** What waits for a decision because of one incident; nothing where nothing does. */
export function Proposed({ incident, who }: { incident: string; who: Me }) {
  const pending = useLoad((signal) => get<Approval[]>('/approvals', { status: 'pending' }, signal), [incident]);
  const [said, setSaid] = useState('');
  const list = pending.value?.filter((a) => a.because?.includes(incident)) ?? [];
  if (list.length === 0 && !said) return null;
  return (
    <section>
      <h2>{say('approvals.pending')}</h2>
      <p role="status" class={said ? 'note good' : 'visually-hidden'}>{said}</p>
      <ol class="list">{list.map((a) => <Pending key={a.id} a={a} who={who} onDecided={(made) => (setSaid(done(made)), pending.again())} />)}</ol>
    </section>
  );
}

export function Approvals({ who }: { who: Me }) {
  const approvals = useLoad((signal) => get<Approval[]>('/approvals', { status: 'all' }, signal), []);
  const [said, setSaid] = useState('');
  const list = approvals.value;
  const pending = list?.filter((a) => a.status === 'pending') ?? [];
  const decided = list?.filter((a) => a.status !== 'pending') ?? [];
  const onDecided = (a: Approval) => {
    setSaid(done(a));
    approvals.again();
  };
  return (
    <>
      <div class="view-head"><h1>{say('view.approvals')}</h1></div>
      <p role="status" class={said ? 'note good' : 'visually-hidden'}>{said}</p>
      {approvals.problem && <ProblemNote problem={approvals.problem} again={approvals.again} />}
      {!list && !approvals.problem && <Loading lines={4} />}
      {list && (
        <section>
          <h2>{say('approvals.pending')}</h2>
          {pending.length === 0 && <Nothing>{say('approvals.none')}</Nothing>}
          <ol class="list">{pending.map((a) => <Pending key={a.id} a={a} who={who} onDecided={onDecided} />)}</ol>
        </section>
      )}
      {decided.length > 0 && (
        <section>
          <h2>{say('approvals.decided')}</h2>
          <ol class="list">
            {decided.map((a) => (
              <li key={a.id} class="card item closed">
                <div class="item-head">
                  <span class="item-title">{a.action}</span>
                  <span class="badge">{sayIf(`status.${a.status}`, a.status)}</span>
                </div>
                <p class="muted">{a.decided_by && say('approvals.by', { name: a.decided_by })}{a.reason && ` · ${a.reason}`}</p>
                <Facts a={a} />
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}
