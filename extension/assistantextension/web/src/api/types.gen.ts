// Made from the Go types by openapi_test.go of the server; do not edit.

/** Answer is what the query service says to one question. Its texts are in Language. */
export interface Answer {
  /** At is the time the answer is of. */
  at: string;
  charts?: Chart[];
  data_quality: Quality;
  evidence?: Link[];
  /** Facts are all figures of the answer, by the ids that the texts refer to. */
  facts: Fact[];
  findings?: Finding[];
  /** FollowUps are questions that lead on; those of a decline or clarification are what can be asked instead. */
  follow_ups?: string[];
  /** Headline is the answer in a sentence. */
  headline: Text;
  /** Intent is one of the closed set of things that can be asked; empty where nothing was understood. */
  intent?: string;
  /** Key names the two to four facts to show large. */
  key?: string[];
  /** Language is "ko" or "en". */
  language: string;
  /** Options are the readings that a clarification offers, the likeliest first. */
  options?: Option[];
  outcome: Outcome;
  /** Proposal is the action that the question orders, for a person to propose. Nothing has been filed or done. */
  proposal?: Order;
  question?: string;
  /** Reading shows how the question was understood, part by part. */
  reading?: Reading[];
  /** Summary tells an event in a few sentences, where one was written. */
  summary?: Summary;
  tables?: Table[];
  tenant?: string;
  time_zone: string;
}

/** Approval is an action that waits for people, or what became of it. */
export interface Approval {
  action: string;
  /** Altered tells that the document is not what was proposed: nobody can approve it. */
  altered?: boolean;
  /** Approvers is how many people must approve. */
  approvers?: number;
  because?: string;
  blast_radius?: string;
  /** DecidedBy are the people who decided, and Reason what the latest of them said. */
  decided_by?: string;
  digest?: string;
  /** Document is what is approved, byte by byte, and Digest its SHA-256. */
  document?: string;
  effect: string;
  environment?: string;
  /** Evidence are the facts that speak for it, Measures what the service's own signals said. */
  evidence?: Evidence[];
  expires: string;
  finding?: boolean;
  /** Hindrance is why whoever asks cannot approve it; absent where they can, and where nothing is left to decide. */
  hindrance?: Hindrance;
  id: string;
  /** Kind is the action of the catalogue, Action what changes, Effect what for, Blast what it may break and how to undo it. */
  kind: string;
  measures?: Measure[];
  proposed: string;
  /** Proposer is a person, or the id of an incident where Finding is set. */
  proposer: string;
  reason?: string;
  /** Result is what came of it, Verdict what the service's signals said afterwards: better, same, worse or no_data. */
  result?: string;
  /** Service and Environment are what it concerns; either may be empty. */
  service?: string;
  /** Status is pending, seconded (approved by one of two), approved, denied, expired, executing, done, failed, unknown or verified. */
  status: string;
  steps?: ApprovalStep[];
  target?: string;
  verdict?: string;
}

/** ApprovalStep is one that was taken. */
export interface ApprovalStep {
  at: string;
  by?: string;
  status: string;
  text?: string;
}

/** Arrivals counts what has reached the history since it was opened. */
export interface Arrivals {
  logs: number;
  /** Newest is the latest event time seen; zero without any. */
  newest?: string;
  points: number;
  records: number;
  spans: number;
}

/** Band is a median with the bounds that hold nine of ten values. */
export interface Band {
  high: number;
  low: number;
  median: number;
}

/** Cell is text to read, and for numbers the value to sort by. */
export interface Cell {
  link?: Link;
  text: string;
  value?: number | null;
}

/** Chart is one or more series over the same times. */
export interface Chart {
  /** Edges are the arrows of a graph; what stands at their ends are its nodes. */
  edges?: Edge[];
  /** Kind is "line", "bar", "waterfall", "map" or "graph". */
  kind: string;
  /** Labels name the bars of a bar chart. */
  labels?: string[];
  /** Limit is drawn across. */
  limit?: number | null;
  /** Peak names the greatest value of the first series and its time, for readers and screen readers. */
  peak?: Text;
  series: Series[];
  /** Times are seconds since 1970; a series that is compared is shifted onto them. */
  times?: number[];
  title: string;
  unit?: string;
}

/** Choice is another reading of one part of a question. */
export interface Choice {
  label: string;
  value: string;
}

/** Column is the head of a column. */
export interface Column {
  name: string;
  /** Unit is a UCUM unit; a column with one holds numbers and is aligned to the right. */
  unit?: string;
}

/** Decision is what a person decides about an action. */
export interface Decision {
  /** Digest is the hash of the bytes that are approved; a denial needs none. */
  digest?: string;
  /** Reason is needed either way. */
  reason: string;
}

/** Edge is an arrow of a graph: who calls whom, and how that goes. What is not known of it is nil. */
export interface Edge {
  /** Calls is how much goes over it, in the unit of the chart. */
  calls?: number | null;
  /** Failed is how much of that fails, in percent. */
  failed?: number | null;
  from: string;
  /** Latency is the median of how long a call takes, in milliseconds. */
  latency?: number | null;
  /** Link leads to what stands behind the edge, such as a trace that went over it. */
  link?: Link;
  /** Marked tells that the edge lies on the path of an incident. */
  marked?: boolean;
  /** Store tells that To is a database or the like and no service. */
  store?: boolean;
  to: string;
}

export interface Evidence {
  incident?: string;
  source: string;
  text: string;
}

/** Fact is one figure and where it comes from. */
export interface Fact {
  /** Among names the set of facts it is ranked in, such as "regions"; empty where it is in none. */
  among?: string;
  change?: string;
  id: string;
  /** Name says what it is a figure of, in the language of the answer. */
  name: string;
  /** Source is the query, table or sketch it was read from. */
  source: string;
  /** Text is the value as a reader would write it, with its unit. */
  text: string;
  /** Then and Change are the ids of the facts it is compared with and of the difference between the two, where there are such facts. */
  then?: string;
  /** Unit is a UCUM unit ("%", "ms", "By", "{user}"), or an ISO 4217 currency. */
  unit?: string;
  /** Usual is what is normal for that time, where it is known. */
  usual?: Band;
  value: number;
  /** Window is the time it is of. */
  window: Window;
}

/** Finding is one thing worth saying besides the headline, the most unusual first. */
export interface Finding {
  /** Link leads to what stands behind it. */
  link?: Link;
  severity: Severity;
  text: Text;
}

/** Hindrance is why somebody cannot approve an action. */
export interface Hindrance {
  /** Code is role, self, twice, nameless (nobody is logged in), expired, altered, read_only or limit. */
  code: string;
  /** Text says it, and what to do about it. */
  text: string;
}

/** Incident is an incident in a line. */
export interface Incident {
  affected_users: number;
  alerts: number;
  cause?: string;
  end?: string;
  id: string;
  services?: string[];
  severity: Severity;
  start: string;
  /** open or resolved */
  status: string;
  title: string;
}

/** Link leads to something within Braid, such as /sessions/ID. */
export interface Link {
  label: string;
  /** Path is relative to the page; it never leaves it. */
  path: string;
}

/** Me is who asks and what the page needs to know. */
export interface Me {
  approve: boolean;
  /** Token goes into the header X-Braid-Token of every write. */
  csrf_token: string;
  /** Name is empty without authentication. */
  name?: string;
  operate: boolean;
  /** OTLPEndpoint is where OTLP over HTTP is received. */
  otlp_endpoint: string;
  tenant?: string;
  /** TimeZone is the IANA name of the zone of answers. */
  time_zone: string;
  version: string;
  /** View, Operate and Approve are the caller's roles. */
  view: boolean;
}

export interface Measure {
  metric: string;
  unit: string;
  value?: number | null;
}

/** Option is one way to read a question that has several: what a clarification offers. The page shows Label as a button and sends Request as it is; nothing has been looked up before. */
export interface Option {
  /** Intent is the intent of the reading. */
  intent: string;
  /** Label says what would be answered, in the language of the answer. */
  label: string;
  /** Request is what to ask to get it. */
  request: Request;
}

export interface Order {
  action?: string;
  add?: number;
  factor?: number;
  minutes?: number;
  parameters?: Record<string, string>;
  reason?: string;
  replicas?: number;
  service?: string;
  session?: string;
  version?: string;
  webhook?: string;
}

/** Outcome says what became of a question. */
export type Outcome = "ok" | "invalid" | "refused" | "missing" | "unavailable" | "failed" | "answer" | "confirm" | "clarify" | "decline" | "unavailable";

/** Piece is plain words, or a fact as it was formatted for the reader. */
export interface Piece {
  /** Fact is the id of the fact that Text shows; empty for plain words. */
  fact?: string;
  text: string;
}

/** Problem is an error as RFC 9457 has it. Code is what a program tells problems apart by, Field what to change. */
export interface Problem {
  code: string;
  /** Detail says what is wrong and what to do. */
  detail: string;
  /** Field is the parameter or member of the body that is wrong. */
  field?: string;
  status: number;
  title: string;
  type: string;
}

/** ProposalRequest is an action that somebody wants: exactly, or in words. */
export interface ProposalRequest {
  action?: string;
  add?: number;
  factor?: number;
  /** Language of the answer. */
  language?: string;
  minutes?: number;
  parameters?: Record<string, string>;
  reason?: string;
  replicas?: number;
  service?: string;
  session?: string;
  /** Text orders one action in Korean or English, such as payment 파드를 2배로 늘려줘; what it leaves out, the other fields say. */
  text?: string;
  version?: string;
  webhook?: string;
}

/** Quality says how far the data behind an answer can be trusted. */
export interface Quality {
  /** Complete is false where a part of the window, or of the sources, had no data. */
  complete: boolean;
  /** LateSeconds is how far the newest data is behind the time of the answer. */
  late_s: number;
  /** Notes say what is missing, in words. */
  notes?: string[];
  /** Sampled tells that some counts come from sampled traces. */
  sampled: boolean;
}

/** Question is a sentence and where it was asked. */
export interface Question {
  /** Corrections replace parts of the reading: a part such as "time" by a canonical value such as "yesterday". */
  corrections?: Record<string, string>;
  /** Language is the reader's, "ko" or "en"; empty takes that of the text. */
  language?: string;
  question: string;
  /** TimeZone is the reader's; empty takes the service's. */
  time_zone?: string;
}

/** Reading is one part of how a question was understood: a chip that a reader can correct. */
export interface Reading {
  /** Choices are other readings of the part that a reader may put in its place; an empty Value takes the part away. */
  choices?: Choice[];
  /** Label says it in words, such as "2026-11-17 14:25-14:30" or "concurrent users". */
  label: string;
  /** Part is intent, metric, time, compare, filter or argument. */
  part: string;
  /** Source is the piece of the question it was read from; empty for a default. */
  source?: string;
  /** Value is its canonical form, such as "shift:P1D". */
  value: string;
}

/** Report is a report in a line. */
export interface Report {
  audience: string;
  id: string;
  language: string;
  title: string;
  window: Window;
  written: string;
}

/** ReportRequest asks for a report. */
export interface ReportRequest {
  /** exec or ops */
  audience: string;
  language: string;
  /** Period is a canonical time expression such as this_week. */
  period: string;
  time_zone?: string;
}

/** Request is a question as the API takes it. */
export interface Request {
  /** Corrections replace parts of the reading, as those of a chip do. */
  corrections?: Record<string, string>;
  question: string;
}

/** Series is one line of a chart. A nil value is a gap. */
export interface Series {
  high?: (number | null)[];
  /** Low and High are the band around the values, where there is one. */
  low?: (number | null)[];
  name: string;
  /** Style is "now", "then" (drawn dashed), "usual", "forecast" or "other". */
  style: string;
  values: (number | null)[];
}

/** Session is one visit. */
export interface Session {
  client_address?: string;
  end?: string;
  end_reason?: string;
  entry_page?: string;
  errors: number;
  exit_page?: string;
  hosts?: string[];
  id: string;
  /** LastActivity is the time of the latest request; End is zero while the session is open. */
  last_activity: string;
  previous_id?: string;
  region?: string;
  requests: number;
  services?: string[];
  start: string;
  user?: string;
}

/** SessionDetail is a session with its timeline. */
export interface SessionDetail {
  client_address?: string;
  end?: string;
  end_reason?: string;
  entry_page?: string;
  errors: number;
  events: SessionEvent[];
  exit_page?: string;
  hosts?: string[];
  id: string;
  /** LastActivity is the time of the latest request; End is zero while the session is open. */
  last_activity: string;
  previous_id?: string;
  region?: string;
  requests: number;
  services?: string[];
  start: string;
  /** Traces are the transactions kept for the session, in order of time; Truncated tells that there were more. */
  traces: TraceSummary[];
  truncated?: boolean;
  user?: string;
}

/** SessionEvent is something that happened in a session. */
export interface SessionEvent {
  at: string;
  /** an event name such as session.start or braid.session.long */
  name: string;
  text?: string;
}

/** SessionPage is a piece of a list. */
export interface SessionPage {
  /** Next continues the list; empty at its end. */
  next?: string;
  sessions: Session[];
}

/** Severity ranks a finding. */
export type Severity = "critical" | "warning" | "info" | "good";

/** Span is one step of a trace. */
export interface Span {
  /** Detail is what a reader wants of it: a route, a sanitised statement, a message. */
  detail?: string;
  /** Nanoseconds. */
  duration_ns: number;
  failed?: boolean;
  host?: string;
  kind?: string;
  name: string;
  parent_span_id?: string;
  service: string;
  span_id: string;
  start: string;
}

/** Summary is what an event comes to in a few sentences, written beforehand: by templates, or by a model whose sentences were verified. The facts that its sentences refer to are facts of the answer. */
export interface Summary {
  /** Language is that of the sentences: the reader's where it was written in it, else another. */
  language: string;
  /** Narrator is "deterministic" for templates, or what the configuration calls the model. */
  narrator: string;
  /** Prompt and PromptHash name the prompt of a model's sentences; empty for templates. */
  prompt?: string;
  prompt_hash?: string;
  sentences: Text[];
  /** Verdict is what became of the models' part, such as accepted, refused or none. */
  verdict: string;
  /** Written is the time of the event that it tells of. */
  written: string;
}

/** Table is rows of cells under named columns. */
export interface Table {
  columns: Column[];
  rows: Cell[][];
  /** Source is where a quoted passage stands, as file#section; its rows are then the passage as it was written. */
  source?: string;
  title: string;
  total?: number;
  /** Truncated tells that there are more rows than these; Total says how many, where that is known. */
  truncated?: boolean;
}

/** Text is a sentence in pieces. Written one after the other they are the sentence. */
export type Text = Piece[];

/** Trace is a transaction with its spans, parents before children. */
export interface Trace {
  /** Nanoseconds. */
  duration_ns: number;
  failed?: boolean;
  operation: string;
  page?: string;
  service: string;
  session_id?: string;
  spans: number;
  start: string;
  steps: Span[];
  trace_id: string;
}

/** TraceSummary is a transaction in a line. */
export interface TraceSummary {
  /** Nanoseconds. */
  duration_ns: number;
  failed?: boolean;
  operation: string;
  page?: string;
  service: string;
  spans: number;
  start: string;
  trace_id: string;
}

/** Window is a span of time, [Start, End). */
export interface Window {
  end: string;
  start: string;
}
