import type { NatsConnection, ServiceMsg } from 'nats';
import type { z } from 'zod';
import {
  type ServiceEndpoint,
  instanceSubject,
  type ServiceErrorBody,
  serviceSubject,
} from '#contracts/strangler/service-endpoint.js';
import { AppError, type FieldError } from '#platform/errors/app-error.js';
import { findUnfit } from '#platform/errors/find-unfit.js';
import { problemDetails, statusOf } from '#platform/errors/problem-details.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** A question bound to the function that answers it. */
export interface RequestRoute {
  endpoint: ServiceEndpoint;
  answer: (request: unknown) => Promise<unknown>;
}

/** Binds a question; what the function throws is the answer, as `AppError` where it is one. */
export function requestRoute<Request extends z.ZodType, Answer extends z.ZodType>(
  endpoint: ServiceEndpoint<Request, Answer>,
  answer: (request: z.output<Request>) => Promise<z.input<Answer>>,
): RequestRoute {
  return { endpoint, answer: (request) => answer(request as z.output<Request>) };
}

export interface RequestServer {
  /** What instances share; not the name that the program is found by over HTTP. */
  name: string;
  description: string;
  routes: readonly RequestRoute[];
  /** Says in the contract's words what an error of a library means. */
  explain: (error: unknown) => unknown;
  logger: Logger;
}

/** Of what is asked and answered, not of the program. */
const version = '1.0.0';

/**
 * Answers questions by the NATS services protocol (`nats service ls` shows it). Instances share them; each is answered
 * by one: by whichever takes it, or by the one that it is put to.
 * @returns takes no further questions, and resolves when those in progress are answered
 */
export async function serveRequests(
  nats: NatsConnection,
  { name, description, routes, explain, logger }: RequestServer,
): Promise<() => Promise<void>> {
  const inProgress = new Set<Promise<void>>();
  const service = await nats.services.add({ name, version, description, queue: name });
  const { id } = service.info();
  for (const route of routes) {
    const handler = (error: Error | null, message: ServiceMsg) => {
      if (error) throw error;
      const answered = respond(route, message, explain, logger)
        .catch((cause: unknown) => logger.error({ err: cause, subject: message.subject }, 'answer lost'))
        .finally(() => inProgress.delete(answered));
      inProgress.add(answered);
    };
    const { verb, summary } = route.endpoint;
    service.addEndpoint(verb, { subject: serviceSubject(route.endpoint), handler, metadata: { summary } });
    service.addEndpoint(`${verb}-here`, { subject: instanceSubject(route.endpoint, id), handler });
  }
  void service.stopped.then((error) => {
    if (error) logger.error({ err: error }, `${name} answers no requests any more: restart it`);
  });
  return async () => {
    await service.stop();
    await Promise.all(inProgress);
  };
}

async function respond(
  { endpoint, answer }: RequestRoute,
  message: ServiceMsg,
  explain: RequestServer['explain'],
  logger: Logger,
): Promise<void> {
  try {
    const content = parse(message);
    const broken = findUnfit(content);
    if (broken.length > 0) throw notUnderstood(endpoint, broken);
    const request = endpoint.request.safeParse(content);
    if (!request.success) throw notUnderstood(endpoint, errorsOf(request.error));
    message.respond(JSON.stringify(await answer(request.data)));
  } catch (thrown) {
    const error = explain(thrown);
    const status = statusOf(error);
    if (status >= 500) logger.error({ err: error, subject: message.subject }, 'request failed');
    const body = errorBody(error);
    message.respondError(status, body.code, Buffer.from(JSON.stringify(body)));
  }
}

function parse(message: ServiceMsg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}

function notUnderstood({ capability, verb }: ServiceEndpoint, errors: FieldError[]): AppError {
  return new AppError('invalid_request', `This is nothing that ${capability} can ${verb}`, { errors });
}

function errorsOf({ issues }: z.ZodError): FieldError[] {
  return issues.map(({ path, message }) => ({ path: path.join('.'), message }));
}

/** As over HTTP, what a failure of ours was about stays in the log. */
function errorBody(error: unknown): ServiceErrorBody {
  const { code, detail, errors } = problemDetails(error, '');
  const retryAfter = error instanceof AppError ? error.options.retryAfter : undefined;
  return {
    code,
    message: detail,
    ...(errors ? { errors } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}
