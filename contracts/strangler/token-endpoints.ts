import { z } from 'zod';
import { defineEndpoint } from '#contracts/http/endpoint.js';
import {
  addedTokenSchema,
  callerSchema,
  roleSchema,
  tokenListSchema,
  tokenNameSchema,
} from './admin-tokens.js';
import { control, why } from './control-endpoint.js';

const tokens = { description: 'All tokens, and the version of their list', schema: tokenListSchema };

/** The part of the admin API that is about its tokens. */
export const tokenEndpoints = {
  whoami: defineEndpoint({
    ...control({ verb: 'whoami', path: '/whoami', summary: 'Name and role of the token that is shown' }),
    answers: { 200: { description: 'The caller', schema: callerSchema } },
  }),
  tokens: defineEndpoint({
    ...control({ verb: 'tokens', path: '/tokens', summary: 'All tokens by name and role' }),
    answers: { 200: tokens },
  }),
  addToken: defineEndpoint({
    ...control({ verb: 'add-token', path: '/tokens', summary: 'Adds a token, and tells it this once' }),
    method: 'POST',
    body: z.strictObject({ ...why, name: tokenNameSchema, role: roleSchema }),
    answers: { 201: { description: 'The token, and the list with it', schema: addedTokenSchema } },
  }),
  revokeToken: defineEndpoint({
    ...control({
      verb: 'revoke-token',
      path: '/tokens/{name}/revoke',
      summary: 'Takes a token back: nobody can use it any more',
    }),
    method: 'POST',
    params: z.object({ name: tokenNameSchema }),
    body: z.strictObject(why),
    answers: { 200: tokens },
  }),
} as const;
