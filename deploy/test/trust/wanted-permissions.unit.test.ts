import { describe, expect, it } from '@jest/globals';
import { permissionsOf } from '../../accounts/permissions-of.js';
import { brokerUsers } from '../../system/shop-accounts.js';

/** Written down here once more, and not read from the table under test: a wrong row of the table must be found. */
const capabilities = ['inventory', 'payments', 'notifications', 'orders'];

/** NATS: `*` is one word, `>` all that follow. */
function matches(pattern: string, subject: string): boolean {
  const words = subject.split('.');
  const wanted = pattern.split('.');
  return (
    wanted.every((word, at) => word === '>' || (at < words.length && (word === '*' || word === words[at]))) &&
    (wanted.at(-1) === '>' ? words.length >= wanted.length : words.length === wanted.length)
  );
}

function whoMayPublish(subject: string): string[] {
  return brokerUsers
    .filter((user) => permissionsOf(user).publish.some((pattern) => matches(pattern, subject)))
    .toSorted();
}

const sidesOf = (capability: string) => ['monolith', 'service'].map((side) => `${capability}.${side}`);

describe('what the broker lets accounts do', () => {
  it.each([
    'ownership.release',
    'ownership.veto',
    'ownership.reopen',
    'ownership.take-back',
    'retirement.set',
  ])('lets the control plane alone ask for %s', (act) => {
    for (const place of capabilities.flatMap(sidesOf))
      expect([place, whoMayPublish(`strangler.${act}.${place}`)]).toEqual([place, ['control-plane']]);
  });

  it.each([
    ['payments.charge', ['monolith', 'orders']],
    ['payments.give-back', ['monolith', 'orders']],
    ['inventory.reserve', ['monolith', 'orders']],
    ['inventory.ship', ['monolith', 'orders']],
    ['notifications.notify', ['monolith', 'orders']],
  ])('lets only the parts that place orders request %s', (request, wanted) => {
    expect(whoMayPublish(`strangler.requests.${request}`)).toEqual(wanted);
  });

  it.each(capabilities)(
    'lets only the sidecar of its side speak for changes and owners of %s',
    (capability) => {
      for (const kind of ['changes', 'owners']) {
        expect(whoMayPublish(`strangler.${kind}.${capability}.service`)).toEqual([`${capability}-sidecar`]);
        expect(whoMayPublish(`strangler.${kind}.${capability}.monolith`)).toEqual(['monolith-sidecar']);
      }
    },
  );
});
