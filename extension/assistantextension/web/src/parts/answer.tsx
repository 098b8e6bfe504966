import { useId } from 'preact/hooks';
import type { Answer, Link, Table } from '../api/types.gen';
import { ask, href, type Corrections } from '../state/ask';
import { inside } from '../state/router';
import { span } from '../state/format';
import { say, sayIf } from '../state/settings';
import { ChartFigure } from './chart';
import { Copy } from './copy';
import { KeyFigures, Sentence, factOf } from './fact';
import { Severity, icons } from './icons';
import { Propose } from './propose';
import { Readings } from './readings';
import { SummaryNote } from './summary';
import { SortableTable } from './table';

const words = (answer: Answer) => (answer.headline ?? []).map((p) => p.text).join('');

/** The answer as text to paste: the sentence, its key figures, where to find it. */
function pasted(answer: Answer, corrections: Corrections): string {
  const lines = [words(answer)];
  for (const id of answer.key ?? []) {
    const fact = factOf(answer, id);
    if (fact) lines.push(`- ${fact.name}: ${fact.text} (${span(fact.window)}; ${fact.source})`);
  }
  if (answer.question) lines.push(permalink(answer.question, corrections));
  return lines.join('\n');
}

const permalink = (question: string, corrections: Corrections) =>
  new URL(href(question, corrections), location.href).toString();

export function Links({ title, links }: { title: string; links: Link[] | undefined }) {
  if (!links?.length) return null;
  return (
    <nav class="evidence" aria-label={title}>
      <span class="muted">{title}</span>
      {links.map((link, i) => (
        <a key={i} href={inside(link.path)}>{link.label}</a>
      ))}
    </nav>
  );
}

function Findings({ answer }: { answer: Answer }) {
  if (!answer.findings?.length) return null;
  return (
    <section class="findings" aria-label={say('findings')}>
      <ul>
        {answer.findings.map((f, i) => (
          <li key={i}>
            <Severity of={f.severity} name={sayIf(`severity.${f.severity}`, f.severity)} />
            <span>
              <Sentence text={f.text} answer={answer} />{' '}
              {f.link && <a href={inside(f.link.path)}>{f.link.label}</a>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What of the data is missing, late or sampled; nothing where all is well. */
export function QualityNote({ answer }: { answer: Answer }) {
  const q = answer.data_quality;
  const parts: string[] = [...(q.notes ?? [])];
  if (!q.complete && parts.length === 0) parts.push(say('quality.incomplete'));
  if (q.late_s > 60) parts.push(say('quality.late', { s: Math.round(q.late_s) }));
  if (q.sampled) parts.push(say('quality.sampled'));
  if (parts.length === 0) return null;
  return (
    <p class="quality">
      <strong>{say('quality')}</strong> {parts.join(' · ')}
    </p>
  );
}

/** All figures of an answer with time and source. */
function Computed({ answer }: { answer: Answer }) {
  if (!answer.facts?.length) return null;
  return (
    <details class="how">
      <summary>{say('how', { n: answer.facts.length })}</summary>
      <SortableTable caption={false} table={{
        title: say('how', { n: answer.facts.length }),
        columns: [{ name: say('how.name') }, { name: say('how.value'), unit: '' }, { name: say('fact.window') }, { name: say('fact.source') }],
        rows: answer.facts.map((f) => [{ text: f.name }, { text: f.text, value: f.value }, { text: span(f.window) }, { text: f.source }]),
      }} />
    </details>
  );
}

export function FollowUps({ questions, title }: { questions: string[] | undefined; title: string }) {
  if (!questions?.length) return null;
  return (
    <div class="chips" role="group" aria-label={title}>
      {questions.map((q) => (
        <button type="button" class="chip" key={q} onClick={() => ask(q)}>{q}</button>
      ))}
    </div>
  );
}

/** What somebody wrote, as it was written, and where it stands. */
function Passage({ table }: { table: Table }) {
  return (
    <figure class="passage">
      <figcaption>{table.title.replace(` — ${table.source}`, '')} <code>{table.source}</code></figcaption>
      <blockquote>
        {table.rows.map(([mark, text], i) => (mark?.text === '$' ? <pre key={i} tabIndex={0}><code>{text?.text}</code></pre>
          : <p key={i}>{mark?.text && <b>{mark.text}</b>} {text?.text}</p>))}
      </blockquote>
    </figure>
  );
}

/** The readings of a question that has several: a click asks it as read so. */
function Options({ answer }: { answer: Answer }) {
  if (!answer.options?.length) return null;
  return (
    <ol class="options" aria-label={say('outcome.clarify')}>
      {answer.options.map((o, i) => (
        <li key={i}><button type="button" class="chip" onClick={() => ask(o.request.question, o.request.corrections)}>{o.label}</button></li>
      ))}
    </ol>
  );
}

export function AnswerCard({ answer, corrections = {} }: { answer: Answer; corrections?: Corrections }) {
  const id = useId();
  const plain = answer.outcome !== 'answer';
  return (
    <article class={`card answer ${answer.outcome}`} lang={answer.language} aria-labelledby={id}>
      {answer.question && (
        <header class="answer-head">
          <p class="question">{answer.question}</p>
          <div class="answer-tools">
            <Copy text={() => pasted(answer, corrections)} label={say('copy')}>{icons.copy}</Copy>
            <Copy text={() => permalink(answer.question ?? '', corrections)} label={say('copy.link')}>{icons.link}</Copy>
          </div>
        </header>
      )}
      <Readings answer={answer} corrections={corrections} />
      {plain && <p class="outcome">{sayIf(`outcome.${answer.outcome}`, answer.outcome)}</p>}
      <h2 class="headline" id={id}><Sentence text={answer.headline} answer={answer} /></h2>
      {answer.proposal && <Propose order={answer.proposal} question={answer.question ?? ''} />}
      <SummaryNote answer={answer} />
      <Options answer={answer} />
      <KeyFigures answer={answer} />
      {answer.charts && answer.charts.length > 0 && (
        <div class={answer.charts.length > 1 ? 'charts two' : 'charts'}>
          {answer.charts.map((chart, i) => <ChartFigure key={i} chart={chart} answer={answer} />)}
        </div>
      )}
      <Findings answer={answer} />
      {answer.tables?.map((table, i) => (table.source ? <Passage key={i} table={table} /> : <SortableTable key={i} table={table} />))}
      <QualityNote answer={answer} />
      <Links title={say('evidence')} links={answer.evidence} />
      <FollowUps questions={answer.follow_ups} title={say('followups')} />
      <Computed answer={answer} />
    </article>
  );
}
