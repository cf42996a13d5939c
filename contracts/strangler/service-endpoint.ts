import { z } from 'zod';

/** One question that programs ask each other over NATS: JSON there and back. */
export interface ServiceEndpoint<
  Request extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  capability: string;
  verb: string;
  /** What it does, for whoever lists the services of a broker. */
  summary: string;
  request: Request;
  answer: Answer;
}

/** Keeps the exact schema types of a definition. */
export function defineServiceEndpoint<Request extends z.ZodType, Answer extends z.ZodType>(
  endpoint: ServiceEndpoint<Request, Answer>,
): ServiceEndpoint<Request, Answer> {
  return endpoint;
}

/** The same question, put to the monolith: it answers for the keys that it owns. */
export function atMonolith<Request extends z.ZodType, Answer extends z.ZodType>(
  endpoint: ServiceEndpoint<Request, Answer>,
): ServiceEndpoint<Request, Answer> {
  return { ...endpoint, capability: `${endpoint.capability}.monolith` };
}

/** Subject that it is asked on; instances share it, and each request goes to one of them. */
export function serviceSubject({ capability, verb }: Pick<ServiceEndpoint, 'capability' | 'verb'>): string {
  return `strangler.requests.${capability}.${verb}`;
}

/** Subject on which one instance alone is asked, by the id that it has in discovery. */
export function instanceSubject(
  endpoint: Pick<ServiceEndpoint, 'capability' | 'verb'>,
  instance: string,
): string {
  return `${serviceSubject(endpoint)}.${instance}`;
}

/** An error as it crosses the wire: what a client of the HTTP contract would be told. */
export const serviceErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** Seconds. */
  retryAfter: z.number().optional(),
});

export type ServiceErrorBody = z.infer<typeof serviceErrorSchema>;
