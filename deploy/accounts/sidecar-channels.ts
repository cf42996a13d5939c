import { appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { backfillProgressSubject, backfillSubject, chunkSubject } from '#contracts/strangler/backfill.js';
import { checkTablesSubject } from '#contracts/strangler/check-tables.js';
import { changeSubject } from '#contracts/strangler/change-message.js';
import { eventSubject } from '#contracts/strangler/domain-event.js';
import { otherSide } from '#contracts/strangler/move.js';
import { ownersSubject, ownershipSubject } from '#contracts/strangler/ownership.js';
import { retirementSubject } from '#contracts/strangler/retirement.js';
import { appliedPositionSubject, rewindSubject } from '#contracts/strangler/rewind-request.js';
import { sidecarStatusSubject } from '#contracts/strangler/sidecar-status.js';
import { keysReportSubject, keysSubject, verifySubject } from '#contracts/strangler/verify.js';
import type { BrokerUser } from '../system/shop-accounts.js';
import { type Channel, type Part, sidecarOf } from './channel.js';

/** What the sidecar of one part says, and what it is asked. It is the only account that may do either. */
export function sidecarChannels(part: Part): Channel[] {
  const { capability, side } = part;
  const own = sidecarOf(part);
  const other = sidecarOf({ capability, side: otherSide(side) });

  const announce = (act: string, subject: string, hearers: readonly BrokerUser[]): Channel => ({
    ...{ act, part, kind: 'announce', subjects: [subject], publish: [own], subscribe: hearers },
  });
  const ask = (act: string, subjects: readonly string[], askers: readonly BrokerUser[]): Channel => ({
    ...{ act, part, kind: 'ask', subjects, publish: askers, subscribe: [own] },
  });
  const ownership = (question: Parameters<typeof ownershipSubject>[0]) =>
    ownershipSubject(question, capability, side);
  const questions = (['tables', 'digest', 'rows', 'keyed-rows', 'comparison'] as const).map((question) =>
    verifySubject(question, capability, side),
  );

  return [
    announce('owners of buckets', ownersSubject(capability, side), [
      ...(['gateway', 'control-plane', other, 'operator'] as const),
    ]),
    ask('ownership: look', [ownership('rows')], ['gateway', 'control-plane', other, 'operator']),
    ask('ownership: release', [ownership('release')], ['control-plane']),
    ask('ownership: veto', [ownership('veto')], ['control-plane']),
    ask('ownership: reopen', [ownership('reopen')], ['control-plane']),
    ask('ownership: take back', [ownership('take-back')], ['control-plane']),
    ask('retirement: look', [retirementSubject('look', capability, side)], ['control-plane']),
    ask('retirement: set', [retirementSubject('set', capability, side)], ['control-plane']),
    announce('changes of rows', changeSubject(capability, side), []),
    announce('events', eventSubject(`${capability}.>`), []),
    announce('applied up to', appliedUpToSubject(capability, side), ['gateway', 'control-plane', 'operator']),
    ask('replication: applied position', [appliedPositionSubject(capability, side)], [other, 'operator']),
    ask('replication: rewind', [rewindSubject(capability, side)], [other, 'operator']),
    ask('replication: send a chunk', [chunkSubject(capability, side)], [other]),
    ask('replication: backfill', [backfillSubject(capability, side)], ['operator']),
    announce('progress of a backfill', backfillProgressSubject(capability, side), ['operator']),
    ask('replication: status', [sidecarStatusSubject(capability, side)], ['operator']),
    ask('replication: check tables', [checkTablesSubject(capability, side)], ['operator']),
    ask('verification: read rows', questions, ['control-plane', 'operator']),
    ask('verification: send keys', [keysSubject(capability, side)], ['control-plane', 'operator']),
    announce('keys that were compared', keysReportSubject(capability, side), ['control-plane', 'operator']),
  ];
}
