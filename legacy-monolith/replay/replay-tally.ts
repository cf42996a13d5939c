import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { ReplayStep } from './plan-steps.js';
import type { ApiAnswer } from './send-request.js';
import type { ReadVerdict } from './stock-watch.js';

/** How often an endpoint gave the same answer; `code` is the contract's word for an error. */
interface AnswerCount {
  endpoint: string;
  status: number;
  code: string | null;
  count: number;
}

/** In milliseconds, from the first attempt to the answer; accurate to about 0.1 %. */
interface Latency {
  endpoint: string;
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** An answer, or a stock that was read, which should not have been. */
interface Example {
  step: string;
  endpoint: string;
  status: number;
  code: string | null;
  detail: string;
}

/** What a replay has counted. */
export interface Tallied {
  answers: AnswerCount[];
  latency: Latency[];
  /** Which side answered reads. */
  servedBy: Record<string, number>;
  /** Attempts that were repeated, by what was wrong with them. */
  retries: Record<string, number>;
  /** Answers that an earlier attempt of the same request had earned. */
  replayedAnswers: number;
  unexpected: { count: number; examples: Example[] };
  /** `stale` must be 0: a client read older than it had written or seen. `behind`: older than others had seen. */
  stockReads: { count: number; stale: number; behind: number; examples: Example[] };
}

export interface Tally {
  answer(step: ReplayStep, endpoint: string, answer: ApiAnswer): void;
  stockRead(step: ReplayStep, productId: string, verdict: ReadVerdict, version: number): void;
  /** How many answers so far none of the contract explains. */
  unexpected(): number;
  result(): Tallied;
}

const mostExamples = 10;

/** What the contract lets a shop answer to orders and cancellations that are well-formed. */
function isExpected({ status, code }: Pick<ApiAnswer, 'status' | 'code'>): boolean {
  if (status === 200 || status === 201) return true;
  return code === 'payment_declined' || code === 'insufficient_stock';
}

/** Counts in constant memory, however long a replay is. */
export function createTally(): Tally {
  const answers = new Map<string, AnswerCount>();
  const latencies = new Map<string, RecordableHistogram>();
  const total: Omit<Tallied, 'answers' | 'latency'> = {
    servedBy: {},
    retries: {},
    replayedAnswers: 0,
    unexpected: { count: 0, examples: [] },
    stockReads: { count: 0, stale: 0, behind: 0, examples: [] },
  };
  return {
    answer: (step, endpoint, answer) => {
      countAnswer(answers, endpoint, answer);
      recordLatency(latencies, endpoint, answer.milliseconds);
      for (const why of answer.retries) add(total.retries, why);
      if (endpoint.startsWith('GET ') && answer.servedBy !== undefined) add(total.servedBy, answer.servedBy);
      if (answer.replayed) total.replayedAnswers += 1;
      if (isExpected(answer)) return;
      total.unexpected.count += 1;
      keep(total.unexpected.examples, exampleOf(step, endpoint, answer));
    },
    stockRead: ({ name }, productId, verdict, version) => {
      total.stockReads.count += 1;
      if (verdict === 'fresh') return;
      total.stockReads[verdict] += 1;
      const detail = `version ${version} of ${productId} was read, which is older than what this client knew`;
      const endpoint = `GET /inventory/${productId}`;
      if (verdict === 'stale')
        keep(total.stockReads.examples, { step: name, endpoint, status: 200, code: null, detail });
    },
    unexpected: () => total.unexpected.count,
    result: () => ({ answers: [...answers.values()], latency: [...latencies].map(latencyOf), ...total }),
  };
}

function countAnswer(answers: Map<string, AnswerCount>, endpoint: string, { status, code }: ApiAnswer): void {
  const key = `${endpoint} ${status} ${code}`;
  const known = answers.get(key) ?? { endpoint, status, code: code ?? null, count: 0 };
  known.count += 1;
  answers.set(key, known);
}

function recordLatency(
  latencies: Map<string, RecordableHistogram>,
  endpoint: string,
  milliseconds: number,
): void {
  const histogram = latencies.get(endpoint) ?? createHistogram({ figures: 3 });
  histogram.record(Math.max(1, Math.round(milliseconds * 1000)));
  latencies.set(endpoint, histogram);
}

function latencyOf([endpoint, histogram]: [string, RecordableHistogram]): Latency {
  const at = (percent: number) => histogram.percentile(percent) / 1000;
  return {
    endpoint,
    count: histogram.count,
    p50: at(50),
    p95: at(95),
    p99: at(99),
    max: histogram.max / 1000,
  };
}

function exampleOf({ name }: ReplayStep, endpoint: string, { status, code, body }: ApiAnswer): Example {
  const { detail } = (body ?? {}) as { detail?: unknown };
  return {
    step: name,
    endpoint,
    status,
    code: code ?? null,
    detail: typeof detail === 'string' ? detail : '',
  };
}

function keep(examples: Example[], example: Example): void {
  if (examples.length < mostExamples) examples.push(example);
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
