import { idSchema } from '#contracts/http/fields.js';

/** Entries of the till that are no goods, by their code. The data set writes `m` and `M` for the same. */
const notGoods: ReadonlyMap<string, string> = new Map(
  Object.entries({
    POST: 'postage',
    DOT: 'postage of the web shop',
    C2: 'carriage',
    C3: 'carriage',
    D: 'a discount',
    M: 'a manual entry',
    m: 'a manual entry',
    S: 'samples',
    B: 'a bad debt',
    PADS: 'a packing extra',
    CRUK: 'a commission to a charity',
    AMAZONFEE: 'a fee of a market place',
    'BANK CHARGES': 'bank charges',
    ADJUST: 'an adjustment of the books',
    ADJUST2: 'an adjustment of the books',
  }),
);

export type CodeVerdict = { kind: 'goods' } | { kind: 'not_goods'; what: string } | { kind: 'invalid' };

/**
 * Tells goods from the other things that stand in the column of stock codes.
 *
 * Goods have at least four digits in a row (85123A, 15056BL, DCGS0058), or are of the DCGS family, some of which have
 * words in place of the number (DCGSSBOY). All that is no goods is either in the list, a voucher (`gift_0001_40`), a
 * test entry (`TEST001`), or has no such number.
 */
export function classifyCode(code: string): CodeVerdict {
  const named = notGoods.get(code);
  if (named !== undefined) return { kind: 'not_goods', what: named };
  if (/^gift_/i.test(code)) return { kind: 'not_goods', what: 'a gift voucher' };
  if (/^test\d/i.test(code)) return { kind: 'not_goods', what: 'a test entry' };
  if (!idSchema.safeParse(code).success) return { kind: 'invalid' };
  if (/\d{4}/.test(code) || code.startsWith('DCGS')) return { kind: 'goods' };
  return { kind: 'not_goods', what: 'no stock code: those have at least four digits in a row' };
}
