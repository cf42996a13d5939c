import type { Side } from '#contracts/strangler/move.js';
import {
  bucketCount,
  type OwnersSaid,
  ownersPath,
  ownersSaidSchema,
} from '#contracts/strangler/ownership.js';

/** What a program says of its side's ownership: its rows, that it has none, or nothing. */
export type ProgramAnswer = OwnersSaid | 'no-ownership' | undefined;

/** Asks one program who owns what. @param url its base address, undefined where no instance is known */
export type AskProgram = (url: string | undefined, capability: string, side: Side) => Promise<ProgramAnswer>;

/** Statuses of a program that does not know the question, as opposed to one that cannot answer it now. */
const meansUnknownPath = (status: number) =>
  status < 400 || status === 404 || status === 405 || status === 410;

/** Asks a program over HTTP, for a sidecar that does not answer. @param limit longest wait, in milliseconds */
export function askProgramsWithin(limit: number): AskProgram {
  return async (url, capability, side) => {
    if (url === undefined) return undefined;
    try {
      const answer = await fetch(new URL(ownersPath(capability), url), {
        redirect: 'manual',
        signal: AbortSignal.timeout(limit),
      });
      const text = await answer.text();
      const said = answer.ok ? readRows(text, capability, side) : undefined;
      return said ?? (meansUnknownPath(answer.status) ? 'no-ownership' : undefined);
    } catch {
      return undefined;
    }
  };
}

/** A program may answer any path with something of its own. */
function readRows(text: string, capability: string, side: Side): OwnersSaid | undefined {
  try {
    const { data: said } = ownersSaidSchema.safeParse(JSON.parse(text));
    if (said?.capability !== capability || said.side !== side) return undefined;
    return said.rows.length === bucketCount || said.leaving ? said : undefined;
  } catch {
    return undefined;
  }
}
