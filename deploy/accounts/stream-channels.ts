import { changeStream } from '#contracts/strangler/change-message.js';
import { deadLetterStream } from '#contracts/strangler/dead-letter.js';
import { eventStream } from '#contracts/strangler/domain-event.js';
import { otherSide } from '#contracts/strangler/move.js';
import { leaseBucket } from '#contracts/strangler/retention.js';
import { type BrokerUser, brokerUsers } from '../system/shop-accounts.js';
import { type Channel, type Part, sidecarOf } from './channel.js';

const sidecars = brokerUsers.filter((user) => user.endsWith('-sidecar'));

/** What is asked of the broker about the stream that one sidecar writes and the other one reads. */
export function changeStreamChannels(part: Part): Channel[] {
  const writer = sidecarOf(part);
  const reader = sidecarOf({ ...part, side: otherSide(part.side) });
  const use = useOf('changes', changeStream(part.capability, part.side), part);
  return [
    use('look at', [writer, reader, 'operator']),
    use('read one entry of', [writer, reader]),
    use('make', [writer]),
    // Whoever changes a stream can have it store any subject: the monolith's sidecar is trusted with everything anyway.
    use('change', writer === 'monolith-sidecar' ? [writer, 'operator'] : ['operator']),
    use('read', [reader]),
    use('empty or delete', ['operator']),
  ];
}

/** The streams and buckets that there is one of. */
export function streamChannels(): Channel[] {
  const events = useOf('events', eventStream);
  const letters = useOf('dead letters', deadLetterStream);
  return [
    events('look at', [...sidecars, 'orders', 'operator']),
    events('read one entry of', [...sidecars, 'orders']),
    events('make', sidecars),
    events('change', ['monolith-sidecar', 'operator']),
    events('read', ['orders']),
    events('empty or delete', ['operator']),
    letters('look at', ['orders', 'operator']),
    letters('read one entry of', ['orders', 'operator']),
    letters('make', ['orders']),
    letters('change', ['operator']),
    letters('read', ['operator']),
    letters('delete one entry of', ['operator']),
    letters('empty or delete', ['operator']),
    ...leaseChannels(),
    {
      act: 'streams: list',
      kind: 'use',
      subjects: ['$JS.API.STREAM.NAMES', '$JS.API.STREAM.LIST'],
      ...{ publish: ['operator'], subscribe: [] },
    },
  ];
}

/** The key-value bucket with the lease of the control plane that leads. */
function leaseChannels(): Channel[] {
  const stream = `KV_${leaseBucket}`;
  const may = (act: string, subjects: readonly string[], publish: readonly BrokerUser[]): Channel => ({
    ...{ act: `lease of the leader: ${act}`, kind: 'use', subjects, publish, subscribe: [] },
  });
  return [
    may('take', [`$KV.${leaseBucket}.>`], ['control-plane']),
    may(
      'read',
      [
        '$JS.API.INFO',
        `$JS.API.STREAM.INFO.${stream}`,
        `$JS.API.STREAM.MSG.GET.${stream}`,
        `$JS.API.DIRECT.GET.${stream}`,
        `$JS.API.DIRECT.GET.${stream}.>`,
      ],
      ['control-plane'],
    ),
    may('make', [`$JS.API.STREAM.CREATE.${stream}`, `$JS.API.STREAM.UPDATE.${stream}`], ['control-plane']),
    may('delete', [`$JS.API.STREAM.PURGE.${stream}`, `$JS.API.STREAM.DELETE.${stream}`], ['operator']),
  ];
}

const requests = {
  'look at': ['STREAM.INFO.#'],
  'read one entry of': ['STREAM.MSG.GET.#'],
  'delete one entry of': ['STREAM.MSG.DELETE.#'],
  make: ['STREAM.CREATE.#'],
  change: ['STREAM.UPDATE.#'],
  // The broker chooses the names of readers: nobody else can guess them.
  read: ['CONSUMER.CREATE.#', 'CONSUMER.INFO.#.*', 'CONSUMER.MSG.NEXT.#.*', 'CONSUMER.DELETE.#.*'],
  'empty or delete': ['STREAM.PURGE.#', 'STREAM.DELETE.#'],
} as const;

function useOf(name: string, stream: string, part?: Part) {
  return (act: keyof typeof requests, publish: readonly BrokerUser[]): Channel => ({
    act: `stream of ${name}: ${act.replace(/ (at|of)$/, '')}`,
    ...(part ? { part } : {}),
    kind: 'use',
    subjects: requests[act].map((request) => `$JS.API.${request.replace('#', stream)}`),
    ...{ publish, subscribe: [] },
  });
}
