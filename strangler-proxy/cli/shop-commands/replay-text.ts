import type { ReplaySummary } from '../../../legacy-monolith/replay/run-replay.js';
import { rightCell, textTable } from '../output/text-table.js';

/** What a replay did and was answered, for a person. */
export function replayText(summary: ReplaySummary): string {
  return [
    headline(summary),
    '',
    answerTable(summary),
    '',
    latencyTable(summary),
    ...readLines(summary),
    ...retryLines(summary),
    ...exampleLines(summary),
  ].join('\n');
}

function headline(summary: ReplaySummary): string {
  const { file, to, aborted, seconds, placed, declined, outOfStock, cancelled, unmatched } = summary;
  return [
    `${file} to ${to}: ${seconds.toFixed(1)} s, ${summary.ordersPerSecond.toFixed(1)} orders/s, ${summary.requestsPerSecond.toFixed(1)} requests/s${aborted ? ' (ended before its end)' : ''}`,
    `  ${placed} orders placed, ${cancelled} cancelled; ${declined} payments declined, ${outOfStock} out of stock; ${unmatched} credit notes without an order to cancel`,
  ].join('\n');
}

function answerTable({ answers }: ReplaySummary): string {
  return textTable([
    [{ text: 'ENDPOINT' }, rightCell('STATUS'), { text: 'CODE' }, rightCell('COUNT')],
    ...answers.map(({ endpoint, status, code, count }) => [
      { text: endpoint },
      rightCell(status),
      { text: code ?? '' },
      rightCell(count),
    ]),
  ]);
}

function latencyTable({ latency }: ReplaySummary): string {
  const ms = (value: number) => rightCell(value.toFixed(1));
  return textTable([
    [{ text: 'LATENCY, ms' }, ...['P50', 'P95', 'P99', 'MAX'].map(rightCell)],
    ...latency.map(({ endpoint, p50, p95, p99, max }) => [
      { text: endpoint },
      ms(p50),
      ms(p95),
      ms(p99),
      ms(max),
    ]),
  ]);
}

function readLines({ servedBy, stockReads }: ReplaySummary): string[] {
  const sides = Object.entries(servedBy).map(([side, count]) => `${count} by the ${side}`);
  const { count, stale, behind } = stockReads;
  return [
    ...(sides.length > 0 ? ['', `reads were answered ${sides.join(', ')}`] : []),
    ...(count > 0
      ? [`${count} stocks were read: ${stale} older than their client knew, ${behind} older than others knew`]
      : []),
  ];
}

function retryLines({ retries, replayedAnswers }: ReplaySummary): string[] {
  const reasons = Object.entries(retries).map(([why, count]) => `${count} after ${why}`);
  if (reasons.length === 0) return [];
  return [
    `requests were repeated: ${reasons.join(', ')}; ${replayedAnswers} had been done by an earlier attempt`,
  ];
}

function exampleLines({ unexpected, stockReads }: ReplaySummary): string[] {
  const examples = [...unexpected.examples, ...stockReads.examples];
  if (unexpected.count === 0 && examples.length === 0)
    return ['', 'no answer that the contract does not explain'];
  return [
    '',
    `${unexpected.count} answers that the contract does not explain${examples.length > 0 ? ', such as' : ''}`,
    ...examples.map(
      ({ step, endpoint, status, code, detail }) =>
        `  ${step}: ${endpoint} -> ${status} ${code ?? ''} ${detail}`,
    ),
  ];
}
