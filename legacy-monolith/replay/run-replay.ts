import { randomUUID } from 'node:crypto';
import { readInvoices } from '../import/group-invoices.js';
import { surveyFile } from '../import/survey-file.js';
import { paceSteps } from './pace-steps.js';
import { rememberPlacedOrders } from './placed-orders.js';
import { planSteps, type ReplayStep } from './plan-steps.js';
import { createTally, type Tallied, type Tally } from './replay-tally.js';
import { runInLanes } from './run-in-lanes.js';
import { createApiClient } from './send-request.js';
import { watchStock } from './stock-watch.js';
import { takeStep } from './take-step.js';

export interface ReplayRequest {
  /** An order file as the import takes it. */
  file: string;
  /** Base URL of the shop, usually that of a gateway. */
  to: string;
  /** Multiple of the speed at which the file's orders were placed; 0: as fast as the shop answers. */
  speed: number;
  /** How many customers are served at once; each has a connection of its own. */
  clients: number;
  /** Only the first so many invoices and credit notes. */
  limit?: number | undefined;
  /** After each order, read the stock of its products, and check that it is never older than the order. */
  readStock?: boolean | undefined;
  /** Part of every Idempotency-Key. The same file under the same id places nothing twice, for 24 hours. */
  runId?: string | undefined;
  onProgress?: ((progress: ReplayProgress) => void) | undefined;
  /** Ends the replay after the requests that are under way. */
  signal?: AbortSignal | undefined;
}

export interface ReplayProgress {
  /** Orders and cancellations that have been sent, and are answered. */
  done: number;
  unexpected: number;
}

/** What a replay did. It has failed when an answer was none that the contract explains, or a stock was read stale. */
export interface ReplaySummary extends Tallied {
  file: string;
  to: string;
  runId: string;
  failed: boolean;
  aborted: boolean;
  /** Orders that were confirmed. */
  placed: number;
  /** Orders whose payment was declined (402), as that of one in 50 is meant to be. */
  declined: number;
  /** Orders for which there was not enough stock (409). */
  outOfStock: number;
  /** Credit notes whose order was cancelled. */
  cancelled: number;
  /** Credit notes of goods that this replay had not sold to that customer: nothing was sent for them. */
  unmatched: number;
  /** Lines of the file that are no part of an order; the import reports them. */
  rejectedLines: number;
  seconds: number;
  ordersPerSecond: number;
  requestsPerSecond: number;
}

/**
 * Places a file's invoices as orders through the shop's public API, and its credit notes as cancellations, in order
 * per customer.
 * @throws AppError `invalid_file`; whatever the shop answers is part of the summary
 */
export async function runReplay(request: ReplayRequest): Promise<ReplaySummary> {
  const { file, to, speed, clients, limit = Infinity, signal, runId = randomUUID() } = request;
  const { lastLines } = await surveyFile(file);
  const counts = { placed: 0, declined: 0, outOfStock: 0, cancelled: 0, unmatched: 0, rejectedLines: 0 };
  const tally = createTally();
  const api = createApiClient(to, clients);
  const shared = {
    api,
    tally,
    runId,
    placed: rememberPlacedOrders(),
    stock: watchStock(clients),
    readStock: request.readStock === true,
  };
  const began = performance.now();
  let done = 0;
  try {
    await runInLanes({
      steps: paceSteps(
        readSteps(file, lastLines, limit, () => (counts.rejectedLines += 1)),
        speed,
        signal,
      ),
      laneOf: ({ customerId }) => customerId,
      workers: clients,
      signal,
      run: async (step, client) => {
        const outcome = await takeStep({ ...shared, client }, step);
        if (outcome) counts[outcome] += 1;
        request.onProgress?.({ done: (done += 1), unexpected: tally.unexpected() });
      },
    });
  } finally {
    await api.close();
  }
  const seconds = (performance.now() - began) / 1000;
  return {
    file,
    to,
    runId,
    ...counts,
    ...conclude(tally, counts, seconds),
    aborted: signal?.aborted === true,
  };
}

async function* readSteps(
  file: string,
  lastLines: ReadonlyMap<string, number>,
  limit: number,
  onRejected: () => void,
): AsyncGenerator<ReplayStep> {
  let invoices = 0;
  for await (const invoice of readInvoices(file, lastLines, onRejected)) {
    if ((invoices += 1) > limit) return;
    yield* planSteps(invoice);
  }
}

function conclude(tally: Tally, { placed }: { placed: number }, seconds: number) {
  const tallied = tally.result();
  const requests = tallied.answers.reduce((sum, { count }) => sum + count, 0);
  return {
    ...tallied,
    failed: tallied.unexpected.count > 0 || tallied.stockReads.stale > 0,
    seconds,
    ordersPerSecond: placed / seconds,
    requestsPerSecond: requests / seconds,
  };
}
