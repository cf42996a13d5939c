import { describe, expect, it } from '@jest/globals';
import { readSidecarConfig } from './config.js';

const environment = {
  SIDECAR_SIDE: 'service',
  SIDECAR_MOVES: 'inventory',
  MYSQL_URL: 'mysql://inventory-sidecar:secret@127.0.0.1:3306/inventory',
  NATS_URL: 'nats://127.0.0.1:4222',
  PROGRAM_NAME: 'inventory',
};

describe('the address that a sidecar announces for the program beside it', () => {
  it.each(['http://0.0.0.0:4101', 'http://[::]:4101'])('can not be %s', (PROGRAM_URL) => {
    expect(() => readSidecarConfig({ ...environment, PROGRAM_URL })).toThrow(
      'PROGRAM_URL: must name a host that other programs can connect to',
    );
  });

  it('is the one that is set', () => {
    const PROGRAM_URL = 'http://inventory:4101';
    expect(readSidecarConfig({ ...environment, PROGRAM_URL })).toMatchObject({ PROGRAM_URL });
  });
});

describe('how long published events are kept', () => {
  const withHours = (EVENTS_KEPT_HOURS: string) =>
    readSidecarConfig({ ...environment, PROGRAM_URL: 'http://inventory:4101', EVENTS_KEPT_HOURS });

  it('is refused where inboxes would have forgotten them', () => {
    expect(withHours('72').EVENTS_KEPT_HOURS).toBe(72);
    expect(() => withHours('73')).toThrow(
      'EVENTS_KEPT_HOURS: must be at most 72: inboxes remember events for 10 days and the stream keeps them for 7',
    );
  });
});
