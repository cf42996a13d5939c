import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { AppError } from '#platform/http/app-error.js';
import { problemDetails, statusOf } from '#platform/http/problem-details.js';

/** Tokens by what they allow. */
export interface Tokens {
  /** Everything. */
  operator: string;
  /** Reading only; undefined where there is no such token. */
  viewer: string | undefined;
}

/** Notes an attempt that was refused before it reached anything. */
export type NoteRefusal = (attempt: { who: string; action: string; reason: string }) => void;

/** Reads change nothing; everything else does. */
const reads = ['GET', 'HEAD'];

/** Lets through who shows a token that allows what is asked for; health and figures are nobody's secret. */
export function authorise(tokens: Tokens, noteRefusal: NoteRefusal): RequestHandler {
  return (request, response, next) => {
    if (request.path.startsWith('/health/') || request.path === '/metrics') return next();
    const shown = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
    const refusal = refusalOf(tokens, shown, request.method, request.get('if-match'));
    if (!refusal) return next();
    const who = shown !== undefined && isSame(shown, tokens.viewer) ? 'viewer' : 'unknown';
    if (!reads.includes(request.method))
      noteRefusal({ who, action: `${request.method} ${request.path}`, reason: refusal.message });
    if (statusOf(refusal) === 401) response.set('www-authenticate', 'Bearer');
    response
      .status(statusOf(refusal))
      .type('application/problem+json')
      .json(problemDetails(refusal, request.path));
  };
}

function refusalOf(
  tokens: Tokens,
  shown: string | undefined,
  method: string,
  ifMatch: string | undefined,
): AppError | undefined {
  if (shown === undefined)
    return new AppError('unauthenticated', 'A token is needed: send it as Authorization: Bearer TOKEN');
  const operator = isSame(shown, tokens.operator);
  if (!operator && !isSame(shown, tokens.viewer))
    return new AppError('unauthenticated', 'The token is not one of this control plane');
  if (reads.includes(method)) return undefined;
  if (!operator) return new AppError('forbidden', 'This token may read only: a change needs the operator’s');
  return ifMatch === undefined
    ? new AppError(
        'version_required',
        'A change needs the version that it was decided on: send it as If-Match: "VERSION", or * for any',
        { status: 428 },
      )
    : undefined;
}

/** Takes as long for a wrong token as for the right one. */
function isSame(shown: string, token: string | undefined): boolean {
  if (!token) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(token));
}
