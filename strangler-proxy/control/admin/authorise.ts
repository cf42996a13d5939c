import type { RequestHandler } from 'express';
import { AppError } from '#platform/errors/app-error.js';
import { nameCaller } from '#platform/http/create-http-app.js';
import { problemDetails, statusOf } from '#platform/errors/problem-details.js';
import type { FindCaller } from '../tokens/find-caller.js';
import { openPaths } from './required-roles.js';
import { type Refused, strangerAt } from './sum-up-refusals.js';

/** Reads change nothing; everything else does. */
const reads = ['GET', 'HEAD'];

/**
 * Lets nobody in without a token that there is, and names its owner to the routes, which ask for a role.
 * @param explain says in the contract's words what an error of the database means
 */
export function authorise(
  findCaller: FindCaller,
  noteRefusal: (refused: Refused) => void,
  explain: (error: unknown) => unknown,
): RequestHandler {
  return async (request, response, next) => {
    if (openPaths.has(request.path)) return next();
    const shown = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
    try {
      const caller = shown === undefined ? undefined : await findCaller(shown);
      if (!caller) throw unauthenticated(shown);
      nameCaller(response, caller);
    } catch (thrown) {
      const error = thrown instanceof AppError ? thrown : explain(thrown);
      if (statusOf(error) === 401) response.set('www-authenticate', 'Bearer');
      if (statusOf(error) === 401 && !reads.includes(request.method))
        noteRefusal({
          who: strangerAt(request.socket.remoteAddress ?? 'no address'),
          action: `${request.method} ${request.path}`,
          reason: (error as AppError).message,
        });
      return void response
        .status(statusOf(error))
        .type('application/problem+json')
        .json(problemDetails(error, request.path));
    }
    next();
  };
}

function unauthenticated(shown: string | undefined): AppError {
  return new AppError(
    'unauthenticated',
    shown === undefined
      ? 'A token is needed: send it as Authorization: Bearer TOKEN; "npx strangler" takes it from CONTROL_TOKEN'
      : 'This control plane has no such token: it was revoked, or is another system\'s. An admin adds one with "npx strangler token add NAME --role ROLE"',
  );
}
