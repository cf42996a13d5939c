import { describe, expect, it } from '@jest/globals';
import { ownerOf } from './ownership.js';

const owned = (epoch: number) => ({ state: 'owned' as const, epoch });
const released = (epoch: number) => ({ state: 'released' as const, epoch });

describe('the owner of a bucket, from the rows of both sides', () => {
  it.each([
    ['the monolith before anything is known', {}, undefined, 'monolith'],
    ['the monolith at first', { monolith: owned(1), service: released(0) }, 'monolith', 'monolith'],
    [
      'nobody between release and grant',
      { monolith: released(2), service: released(0) },
      undefined,
      'monolith',
    ],
    ['the service after the grant', { monolith: released(2), service: owned(2) }, 'service', 'service'],
    ['nobody on the way back', { monolith: released(2), service: released(3) }, undefined, 'service'],
    ['the monolith again', { monolith: owned(3), service: released(3) }, 'monolith', 'monolith'],
    ['the monolith after it reopened', { monolith: owned(3), service: released(0) }, 'monolith', 'monolith'],
    ['the newer owner where one row is old', { monolith: owned(1), service: owned(2) }, 'service', 'service'],
    ['the newer owner on the way back', { monolith: owned(3), service: owned(2) }, 'monolith', 'monolith'],
  ] as const)('is %s', (_name, rows, owner, last) => {
    expect(ownerOf(rows)).toMatchObject({ owner, last });
  });
});
