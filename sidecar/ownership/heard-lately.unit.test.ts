import { afterEach, describe, expect, it } from '@jest/globals';
import type { Connection } from '../database/connect-mysql.js';
import { keepHearing, requireHeard } from './heard-lately.js';

const url = 'mysql://a:b@db.example:3306/inventory';
const connection = {
  config: { host: 'db.example', port: 3306, database: 'inventory' },
} as unknown as Connection;
const row = (epoch: number, vetoed: number) => ({ state: 'released' as const, epoch, vetoed });
const take = (...rows: ReturnType<typeof row>[]) => requireHeard(connection, 'inventory', rows);

describe('a token', () => {
  let hearing: ReturnType<typeof keepHearing> | undefined;
  afterEach(() => hearing?.end());

  it('is taken where nobody could abandon this side', () => {
    expect(() => take(row(1, 0))).not.toThrow();
  });

  it('is not taken before the other side was heard, nor once the broker was away', () => {
    hearing = keepHearing(url, 'inventory');
    expect(() => take(row(1, 0))).toThrow("once the monolith's sidecar has been heard from");
    hearing.heard(0);
    expect(() => take(row(1, 0))).not.toThrow();
    hearing.lost();
    expect(() => take(row(1, 0))).toThrow("once the monolith's sidecar has been heard from");
  });

  it('is not taken by a row that has not let go of what is void, as one of a backup', () => {
    hearing = keepHearing(url, 'inventory');
    hearing.heard(1_000);
    expect(() => take(row(1, 1_000), row(1, 0))).toThrow('let go of everything up to epoch 1000');
    expect(() => take(row(1, 1_000), row(1_001, 0))).not.toThrow();
  });
});
