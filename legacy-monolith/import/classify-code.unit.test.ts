import { describe, expect, it } from '@jest/globals';
import { classifyCode } from './classify-code.js';

describe('a stock code', () => {
  it.each(['71053', '85123A', '85123a', '15056BL', '15056bl', '47503J', 'DCGS0058', 'DCGSSBOY', 'SP1002'])(
    '%s is goods',
    (code) => expect(classifyCode(code)).toEqual({ kind: 'goods' }),
  );

  it.each([
    ['POST', 'postage'],
    ['DOT', 'postage of the web shop'],
    ['C2', 'carriage'],
    ['D', 'a discount'],
    ['M', 'a manual entry'],
    ['m', 'a manual entry'],
    ['S', 'samples'],
    ['B', 'a bad debt'],
    ['PADS', 'a packing extra'],
    ['CRUK', 'a commission to a charity'],
    ['AMAZONFEE', 'a fee of a market place'],
    ['BANK CHARGES', 'bank charges'],
    ['gift_0001_40', 'a gift voucher'],
    ['TEST001', 'a test entry'],
    ['ADJUST2', 'an adjustment of the books'],
    ['C4', 'no stock code: those have at least four digits in a row'],
    ['constructor', 'no stock code: those have at least four digits in a row'],
  ])('%s is %s', (code, what) => expect(classifyCode(code)).toEqual({ kind: 'not_goods', what }));

  it.each(['', '85123 A', '85123/A', 'é1234', '1'.repeat(65)])('%j can be no id', (code) =>
    expect(classifyCode(code)).toEqual({ kind: 'invalid' }),
  );
});
