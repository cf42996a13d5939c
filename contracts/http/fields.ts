import { z } from 'zod';

/** Ids are opaque to clients; imported rows keep the id that they had. */
export const idSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ -');

/** ISO 8601 in UTC with milliseconds. */
export const timestampSchema = z.iso.datetime({ precision: 3 });

/** Largest amount of money, in minor units: of a price, a payment, and the total of an order. */
export const maxAmount = 100_000_000_000;

/** An amount in minor units (pence, cents) next to its ISO 4217 code; never a float. */
export const moneySchema = z
  .strictObject({
    amount: z.int().min(0).max(maxAmount),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as GBP'),
  })
  .meta({ id: 'Money' });

export type Money = z.infer<typeof moneySchema>;

/** The integer version of a resource: 1 when created, one more at each write. */
export const versionSchema = z.int().min(1);

/** A request without body; an empty JSON object is tolerated. */
export const noBody = z.strictObject({}).optional();
export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});

/** Query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(500).optional(),
};

/** The answer of every list: a page, and where the next one starts. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
