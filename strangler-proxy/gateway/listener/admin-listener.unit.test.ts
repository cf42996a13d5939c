import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { caughtErrors } from '#platform/telemetry/guarded.js';
import { type AdminSources, createAdminListener } from './admin-listener.js';

const broken = (): never => {
  throw new Error('can not be said');
};

/** The answers of a listener whose sources fail, and how many errors were noted for them. */
async function askBroken(sources: Partial<AdminSources>, ...paths: string[]) {
  const metrics = new Registry();
  const listener = createAdminListener(
    { status: broken, metrics, ready: () => true, ...sources },
    (pages) => pages,
  );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const before = caughtErrors().get('an admin page') ?? 0;
  const answers = [];
  for (const path of paths) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    answers.push({ status: answer.status, body: await answer.text() });
  }
  listener.close();
  return { answers, noted: (caughtErrors().get('an admin page') ?? 0) - before };
}

describe('an admin page that can not be made', () => {
  it('is a 500 that tells nothing, is noted, and lets other pages be', async () => {
    const { answers, noted } = await askBroken({}, '/status', '/health/live', '/status');
    expect(answers.map(({ status }) => status)).toEqual([500, 200, 500]);
    expect(answers[0]?.body).toContain('"code":"internal"');
    expect(answers[0]?.body).not.toContain('can not be said');
    expect(noted).toBe(2);
  });

  it('may be that of the metrics, or that of readiness', async () => {
    const metrics = new Registry();
    new Gauge({ name: 'broken', help: 'Fails when it is read', registers: [metrics], collect: broken });
    const { answers, noted } = await askBroken({ metrics, ready: broken }, '/metrics', '/health/ready');
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect(noted).toBe(2);
  });

  it('may hold what JSON can not', async () => {
    const status = () => ({ since: 1n }) as never;
    const { answers } = await askBroken({ status }, '/status', '/health/live');
    expect(answers.map(({ status: code }) => code)).toEqual([500, 200]);
  });
});
