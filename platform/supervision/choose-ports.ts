import type { PortUser, ReservedPort, TakePort } from './reserve-port.js';

/** Ports tried for a name before giving up. */
const tries = 200;
/** Below the range that systems hand to outgoing connections: those would take a port while its process restarts. */
const anyPortFrom = 20_000;
const anyPortTo = 32_000;

/** What a name would like to listen on. */
export interface PortWish {
  name: string;
  /** The documented port, or `any` where a run must not meet another. */
  documented: number | 'any';
  /** What this data folder used before: kept when free, so that addresses outlive a restart. */
  before: number | undefined;
}

export interface ChosenPort extends PortWish {
  port: number;
  /** A port that it would have had, and what uses that one. */
  refused: { port: number; usedBy: PortUser } | undefined;
  reserved: ReservedPort;
}

/**
 * Chooses a port for each name: the one it had, else the documented one, else the next free one that isn't documented for
 * another name. All names get what they had, and then what is documented, before any moves: so one port in use moves one name.
 * @throws when there is no free port for a name; nothing stays reserved then
 */
export async function choosePorts(wishes: readonly PortWish[], take: TakePort): Promise<ChosenPort[]> {
  const chosen = new Map<string, ChosenPort>();
  const refused = new Map<string, ChosenPort['refused']>();

  async function tryPort(wish: PortWish, port: number): Promise<void> {
    const taken = await take(port);
    if ('release' in taken)
      chosen.set(wish.name, { ...wish, port, refused: refused.get(wish.name), reserved: taken });
    else if (!refused.has(wish.name)) refused.set(wish.name, { port, usedBy: taken.usedBy });
  }

  async function tryEach(candidates: (wish: PortWish) => readonly number[]): Promise<void> {
    for (const wish of wishes)
      for (const port of candidates(wish)) if (!chosen.has(wish.name)) await tryPort(wish, port);
  }

  const documented = new Set(wishes.map((wish) => wish.documented));
  const others = (wish: PortWish) => neighbours(wish.documented).filter((port) => !documented.has(port));
  await tryEach(({ before }) => (before === undefined ? [] : [before]));
  await tryEach((wish) => (wish.documented === 'any' ? [] : [wish.documented]));
  await tryEach(others);
  return wishes.map((wish) => {
    const found = chosen.get(wish.name);
    if (found !== undefined) return found;
    for (const { reserved } of chosen.values()) reserved.release();
    throw new Error(`${wish.name}: none of ${tries} ports is free; end programs that listen on them`);
  });
}

function neighbours(documented: number | 'any'): number[] {
  if (documented !== 'any') return Array.from({ length: tries }, (_, step) => documented + 1 + step);
  const range = anyPortTo - anyPortFrom;
  return Array.from({ length: tries }, () => anyPortFrom + Math.floor(Math.random() * range));
}
