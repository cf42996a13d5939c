import { problemStatus } from '#contracts/http/problem.js';
import { shopEndpoints } from '#contracts/shop/endpoints.js';
import type { Answer, Command } from './command.js';

/** A command as it was answered. */
export interface Met {
  command: Command;
  answer: Answer;
}

/** Answers of the contract that no scenario can bring about, each with its reason. */
const outOfReach: Readonly<Record<string, string>> = {
  'POST /orders 202': 'the card provider would have to be slower than it may be',
  'POST /orders unavailable': 'a participant would have to be away; tests of each service take it away',
  'POST /payments unavailable': 'the card provider would have to be away; tests of payments take it away',
  'POST /payments/{paymentId}/refund unavailable': 'as of a charge',
  'POST /payments/{paymentId}/refund timeout': 'no card of the sandbox keeps a refund from being answered',
  'POST /orders/{orderId}/cancel unavailable': 'as of a charge',
  'POST /orders/{orderId}/cancel timeout': 'as of a refund',
};

/** What any endpoint may answer. */
const general = [
  'invalid_request',
  'not_found',
  'method_not_allowed',
  'version_mismatch',
  'too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
] as const satisfies readonly (keyof typeof problemStatus)[];

/**
 * Statuses and error codes that the contract lists and nothing was answered with, as in `POST /orders payment_declined`:
 * answers that are alike prove little where both are the same refusal.
 */
export function unmetAnswers(met: readonly Met[]): string[] {
  const seen = new Set(met.flatMap(namesOf));
  const listed = shopEndpoints.flatMap(({ method, path, answers, problems }) =>
    [...Object.keys(answers), ...problems].map((what) => `${method} ${path} ${what}`),
  );
  return [...listed, ...general].filter((name) => !seen.has(name) && !(name in outOfReach));
}

function namesOf({ command, answer }: Met): string[] {
  const { code } = answer.body as { code?: string };
  const what = answer.status < 400 ? String(answer.status) : (code ?? '');
  const [path] = command.path.split('?', 1);
  const endpoint = shopEndpoints.find(
    (one) => one.method === command.method && templateOf(one.path).test(path ?? ''),
  );
  return endpoint ? [`${endpoint.method} ${endpoint.path} ${what}`, what] : [what];
}

function templateOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
