import { z } from 'zod';

/** What a token allows; each role allows what those before it do, and more. */
export const roles = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof roles)[number];

export const roleSchema = z.enum(roles, { error: `must be one of ${roles.join(', ')}` });

export const tokenNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,39}$/,
    'must be 1 to 40 lower-case letters, digits, dots, underscores and hyphens, and begin with a letter or digit',
  );

/** A token as it is listed: never the token itself, of which only the hash is kept. */
export const tokenViewSchema = z.object({
  name: tokenNameSchema,
  role: roleSchema,
  /** Who added it, and when; null for the token that the control plane was configured with. */
  addedBy: z.string().nullable(),
  addedAt: z.iso.datetime({ precision: 3 }).nullable(),
});

export type TokenView = z.infer<typeof tokenViewSchema>;

export const tokenListSchema = z.object({
  /** Grows with every change of the list; a change names it in `If-Match`. */
  version: z.int(),
  items: z.array(tokenViewSchema),
});

export type TokenList = z.infer<typeof tokenListSchema>;

/** The only answer that holds a token. */
export const addedTokenSchema = tokenListSchema.extend({ token: z.string() });

export type AddedToken = z.infer<typeof addedTokenSchema>;

/** Whose token a request carries. */
export const callerSchema = z.object({ name: tokenNameSchema, role: roleSchema });
