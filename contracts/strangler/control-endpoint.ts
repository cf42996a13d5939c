import { z } from 'zod';
import { noBody, noParams, noQuery } from '#contracts/http/fields.js';

/** What tells one endpoint of the control plane's admin API from the others. */
export interface Named {
  verb: string;
  path: string;
  summary: string;
}

/** The parts that endpoints of the admin API share. */
export const control = (named: Named) => ({
  capability: 'control',
  method: 'GET' as const,
  params: noParams,
  query: noQuery,
  body: noBody,
  problems: [],
  ...named,
});

/** What every change says of itself; who asks is told by the token. */
export const why = {
  /** A person, where several share a token: kept in the audit as a claim. */
  onBehalfOf: z.string().trim().min(1).max(100).optional(),
  /** What older versions believed. */
  by: z
    .undefined({
      error: 'is not taken: who asks is told by the token. Name a person in onBehalfOf, or leave it out',
    })
    .optional(),
  reason: z.string().trim().min(1, 'say why').max(1_000),
};
