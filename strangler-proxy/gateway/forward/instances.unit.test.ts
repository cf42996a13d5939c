import { describe, expect, it } from '@jest/globals';
import { createInstances } from './instances.js';

const limits = { connect: 100, idle: 100 };
const [one, two] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];

describe('instances', () => {
  it('take turns while they are equally loaded, and the least loaded goes first', () => {
    const instances = createInstances([one, two], limits, () => 0);
    const first = instances.pick(0);
    expect(instances.pick(0)?.url).not.toBe(first?.url);
    if (first) first.inFlight = 3;
    for (let n = 0; n < 4; n++) expect(instances.pick(0)?.url).not.toBe(first?.url);
  });

  it('are left alone for a growing time after failures in a row', () => {
    const instances = createInstances([one, two], limits, () => 0);
    const [bad] = [instances.pick(0)];
    if (!bad) throw new Error('none');
    for (let n = 0; n < 3; n++) instances.failed(bad, 0);
    for (let n = 0; n < 4; n++) expect(instances.pick(999)?.url).not.toBe(bad.url);
    expect(instances.status(999).filter(({ ejected }) => ejected)).toEqual([
      expect.objectContaining({ url: bad.url }),
    ]);
    instances.failed(bad, 1_000);
    expect(bad.ejectedUntil).toBe(3_000);
    instances.succeeded(bad);
    expect(instances.status(1_000).some(({ ejected }) => ejected)).toBe(false);
  });

  it('are used although they fail when there is no other', () => {
    const instances = createInstances([one], limits, () => 0);
    const only = instances.pick(0);
    if (only) for (let n = 0; n < 5; n++) instances.failed(only, 0);
    expect(instances.pick(1)?.url).toBe(one);
  });

  it('come and go as discovery finds them; configured ones stay', () => {
    const instances = createInstances([one], limits, () => 0);
    instances.discovered([one, two]);
    expect(instances.status(0).map(({ url, from }) => `${url} ${from}`)).toEqual([
      `${one} configuration`,
      `${two} discovery`,
    ]);
    instances.discovered([]);
    expect(instances.status(0).map(({ url }) => url)).toEqual([one]);
    expect(createInstances([], limits, () => 0).pick(0)).toBeUndefined();
  });
});
