import { describe, expect, it } from '@jest/globals';
import { compileDenied } from './denied-paths.js';

const denied = compileDenied(['/metrics', '/health/*'], { caseSensitive: false });

describe('paths that are never passed on', () => {
  it.each([
    ...[
      '/metrics',
      '/metrics/',
      '/metrics?x=1',
      '/METRICS',
      '/%6detrics',
      '/%6Detrics/',
      '/%256detrics',
      '//metrics',
      '/./metrics',
    ],
    ...[
      '/x/../metrics',
      '/x/%2e%2e/metrics',
      '/x%2f..%2fmetrics',
      '/metrics;x=1',
      '/health',
      '/health/',
      '/health/live',
      '/health/owners/orders',
    ],
    ...['/Health/ready', '/health//ready', '/inventory/../health/ready'],
  ])('are these: %s', (target) => expect(denied(target)).toBe(true));

  it.each([
    '/',
    '/metric',
    '/metrics2',
    '/x/metrics',
    '/healthy',
    '/inventory/metrics',
    '/inventory?path=/metrics',
    '/%zz',
  ])('are none of these: %s', (target) => expect(denied(target)).toBe(false));

  it('tell upper from lower case where programs do', () => {
    const exactly = compileDenied(['/metrics'], { caseSensitive: true });
    expect([exactly('/metrics'), exactly('/Metrics'), exactly('/%6detrics')]).toEqual([true, false, true]);
  });

  it('are none by default', () => {
    expect(compileDenied([], { caseSensitive: true })('/metrics')).toBe(false);
  });
});
