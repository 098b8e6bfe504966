import { useEffect, useId, useState } from 'preact/hooks';
import { Problem, asProblem, get, post, segment, useLoad } from '../api/client';
import type { Approval, Decision, Me } from '../api/types.gen';
import { Loading, Nothing, ProblemNote } from '../parts/states';
import { moment } from '../state/format';
import { href } from '../state/router';
import { say, sayIf, useSettings } from '../state/settings';

const word = (status: string) => sayIf(`status.${status}`, status);
const waits = (a: Approval) => a.status === 'pending' || a.status === 'seconded';
const figure = (v?: number | null) => v === undefined || v === null ? '–' : new Intl.NumberFormat().format(v);

function Facts({ a }: { a: Approval }) {
  return (
    <dl class="facts">
      {a.target && <div><dt>{say('approvals.target')}</dt><dd>{a.target}</dd></div>}
      {a.environment && <div><dt>{say('approvals.environment')}</dt><dd>{a.environment}</dd></div>}
      <div>
        <dt>{say('approvals.proposer')}</dt>
        <dd>{a.finding ? <a href={href('incidents', a.proposer)}>{say('approvals.finding', { id: a.proposer })}</a> : a.proposer || '–'}, {moment(a.proposed)}</dd>
      </div>
      {waits(a) && <div><dt>{say('approvals.expires')}</dt><dd>{moment(a.expires)}</dd></div>}
      {a.because && <div class="wide"><dt>{say('approvals.because')}</dt><dd>{a.because}</dd></div>}
      {a.evidence && (
        <div class="wide">
          <dt>{say('approvals.evidence')}</dt>
          {a.evidence.map((e, i) => <dd key={i}><span class="badge">{sayIf(`source.${e.source}`, e.source)}</span> {e.text}</dd>)}
        </div>
      )}
      {a.measures && (
        <div class="wide">
          <dt>{say('approvals.measures')}</dt>
          <dd>{a.measures.map((m) => `${m.metric} ${figure(m.value)} ${m.unit}`).join(' · ')}</dd>
        </div>
      )}
    </dl>
  );
}

/** The hash of a document as this browser finds it; undefined until it has, or where it cannot. */
function useHash(text: string): string | undefined {
  const [hash, setHash] = useState<string>();
  useEffect(() => {
    setHash(undefined);
    // Only pages of a secure context may hash; elsewhere the server's word is shown as such.
    void globalThis.crypto?.subtle?.digest('SHA-256', new TextEncoder().encode(text)).then((sum) =>
      setHash(Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, '0')).join('')));
  }, [text]);
  return hash;
}

/** Byte by byte what is approved. */
function Document({ a, hash }: { a: Approval; hash?: string }) {
  if (!a.document) return null;
  return (
    <div class="document">
      <h4>{say('approvals.document')}</h4>
      <pre tabIndex={0} aria-label={say('approvals.document')}><code>{a.document}</code></pre>
      <p class={hash && hash !== a.digest ? 'bad' : 'muted'}>SHA-256 <code>{a.digest}</code>{hash && ` · ${say(hash === a.digest ? 'approvals.same' : 'approvals.differs')}`}</p>
    </div>
  );
}

function Decide({ a, digest, onDecided }: { a: Approval; digest?: string; onDecided: (a: Approval) => void }) {
  const id = useId();
  const { language } = useSettings();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const decide = async (decision: 'approve' | 'deny') => {
    if (!reason.trim()) return setMissing(true);
    setBusy(true);
    setProblem(undefined);
    try {
      const body: Decision = { reason, digest };
      onDecided(await post<Approval>(`/approvals/${segment(a.id)}/${decision}?language=${language}`, body));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <form class="decide" onSubmit={(e) => e.preventDefault()}>
      {a.hindrance && <p class={a.altered ? 'bad' : 'muted'} id={`${id}-h`}>{sayIf(`approvals.${a.hindrance.code}`, a.hindrance.text)}</p>}
      <label for={id}>{say('approvals.reason')}</label>
      <textarea id={id} rows={2} maxLength={250} value={reason} aria-invalid={missing} aria-describedby={missing ? `${id}-m` : undefined}
        onInput={(e) => (setReason(e.currentTarget.value), setMissing(false))} />
      {missing && <p class="bad" id={`${id}-m`} role="alert">{say('approvals.needed')}</p>}
      <div class="decide-buttons">
        <button type="button" class="button primary" disabled={busy || !!a.hindrance} aria-describedby={a.hindrance && `${id}-h`} onClick={() => void decide('approve')}>{say('approvals.approve')}</button>
        <button type="button" class="button" disabled={busy} onClick={() => void decide('deny')}>{say('approvals.deny')}</button>
      </div>
      {problem && <ProblemNote problem={problem} />}
    </form>
  );
}

function What({ a }: { a: Approval }) {
  return (
    <>
      <p class="effect"><strong>{say('approvals.effect')}</strong> {a.effect}</p>
      {a.blast_radius && <p class="effect"><strong>{say('approvals.blast')}</strong> {a.blast_radius}</p>}
    </>
  );
}

/** All there is to know stands before the buttons: nobody decides without having passed it. */
function Pending({ a, who, onDecided }: { a: Approval; who: Me; onDecided: (a: Approval) => void }) {
  const hash = useHash(a.document ?? '');
  const two = (a.approvers ?? 1) > 1;
  return (
    <li class="card item approval">
      <h3 class="item-title">{a.action}</h3>
      <What a={a} />
      <Facts a={a} />
      <Document a={a} hash={hash} />
      {two && <p class="muted">{a.status === 'seconded' ? say('approvals.seconded', { name: a.decided_by ?? '' }) : say('approvals.two')}</p>}
      {who.approve ? <Decide a={a} digest={hash ?? a.digest} onDecided={onDecided} /> : <p class="muted">{say('approvals.norole')}</p>}
    </li>
  );
}

function Steps({ a }: { a: Approval }) {
  if (!a.steps?.length) return null;
  return (
    <ol class="trail">
      {a.steps.map((s, i) => <li key={i}><b>{word(s.status)}</b> {moment(s.at)}{s.by && ` · ${s.by}`}{s.text && ` · ${s.text}`}</li>)}
    </ol>
  );
}

function Decided({ a }: { a: Approval }) {
  return (
    <li class="card item closed">
      <div class="item-head">
        <span class="item-title">{a.action}</span>
        <span class={`badge ${a.status === 'unknown' || a.status === 'failed' ? 'bad' : ''}`}>{word(a.status)}</span>
        {a.verdict && <span class="badge">{sayIf(`verdict.${a.verdict}`, a.verdict)}</span>}
      </div>
      <p class="muted">{a.decided_by && say('approvals.by', { name: a.decided_by })}{a.reason && ` · ${a.reason}`}</p>
      {a.result && <p>{a.result}</p>}
      <details>
        <summary>{say('approvals.record')}</summary>
        <What a={a} />
        <Facts a={a} />
        <Steps a={a} />
        <Document a={a} />
      </details>
    </li>
  );
}

const done = (a: Approval) => say('approvals.done', { status: word(a.status) });

/** What waits for a decision because of one incident; nothing where nothing does. */
export function Proposed({ incident, who }: { incident: string; who: Me }) {
  const { language } = useSettings();
  const pending = useLoad((signal) => get<Approval[]>('/approvals', { status: 'pending', language }, signal), [incident, language]);
  const [said, setSaid] = useState('');
  const list = pending.value?.filter((a) => (a.finding && a.proposer === incident) || a.evidence?.some((e) => e.incident === incident)) ?? [];
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
  const { language } = useSettings();
  const approvals = useLoad((signal) => get<Approval[]>('/approvals', { status: 'all', language }, signal), [language]);
  const [said, setSaid] = useState('');
  const list = approvals.value;
  const pending = list?.filter(waits) ?? [];
  const decided = list?.filter((a) => !waits(a)) ?? [];
  // What was approved is done a moment later: the list follows it.
  const going = decided.some((a) => a.status === 'approved' || a.status === 'executing');
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(approvals.again, 3000);
    return () => clearInterval(timer);
  }, [going]);
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
          <ol class="list">{pending.map((a) => <Pending key={a.id} a={a} who={who} onDecided={(made) => (setSaid(done(made)), approvals.again())} />)}</ol>
        </section>
      )}
      {decided.length > 0 && (
        <section>
          <h2>{say('approvals.decided')}</h2>
          <ol class="list">{decided.map((a) => <Decided key={a.id} a={a} />)}</ol>
        </section>
      )}
    </>
  );
}
