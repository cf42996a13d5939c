import { randomUUID } from 'node:crypto';
import type { ChangeMessage, Position } from '#contracts/strangler/change-message.js';
import type { Side } from '#contracts/strangler/move.js';
import { appendEntry, type OrderedLog } from '#platform/messaging/ordered-log.js';
import type { Start } from './find-start.js';
import type { SourceWentBack } from './went-back.js';

/**
 * Ends a chain with the message that its source has gone back in time. The replica that applies it counts as incomplete
 * from then on, and a capture that finds it in the stream reads nothing. Both last until a new chain begins.
 * @returns the place of the message
 */
export async function markWentBack(
  log: OrderedLog,
  capability: string,
  from: Side,
  origin: string,
  { position: previous, lastSequence }: Start,
  { message }: SourceWentBack,
): Promise<Position> {
  const marked: ChangeMessage = {
    capability,
    from,
    run: randomUUID(),
    previous,
    position: { ...previous, seq: previous.seq + 1, origin },
    last: true,
    committedAt: Date.now(),
    changes: [],
    signals: [{ kind: 'went-back', message }],
  };
  await appendEntry(log, Buffer.from(JSON.stringify(marked)), `${marked.run}:went-back`, lastSequence);
  return marked.position;
}
