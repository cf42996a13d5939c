import { createServer, connect } from 'node:net';

/** Ports tried upwards from the wanted one before giving up. */
const triesUpwards = 200;
/** Below the range that systems hand to outgoing connections: those would take a port while its process restarts. */
const anyPortFrom = 20_000;
const anyPortTo = 32_000;

export interface PortWish {
  /** The documented port, or `any` where a run must not meet another. */
  wanted: number | 'any';
  /** What this data folder used before: kept when free, so that addresses outlive a restart. */
  before: number | undefined;
}

/**
 * The port a process will listen on: the one it had, else the wanted one, else the next free.
 * @param taken ports given to other processes of this system, which may not listen yet
 * @param isFree asks the machine
 * @throws when no port of the range is free
 */
export async function choosePort(
  wish: PortWish,
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean> = isPortFree,
): Promise<number> {
  const candidates = wish.before === undefined ? candidatesFor(wish) : [wish.before, ...candidatesFor(wish)];
  for (const port of candidates) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(
    `no free port among ${candidates.length} from ${String(candidates[0])}: end what listens there`,
  );
}

function candidatesFor({ wanted }: PortWish): number[] {
  if (wanted !== 'any') return Array.from({ length: triesUpwards }, (_, step) => wanted + step);
  const range = anyPortTo - anyPortFrom;
  return Array.from({ length: triesUpwards }, () => anyPortFrom + Math.floor(Math.random() * range));
}

/** Nobody answers there, and it can be listened on. Both: macOS lets a loopback address be bound under a wildcard. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return !(await answers(port, host)) && (await canListen(port, host));
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host }, () => server.close(() => resolve(true)));
  });
}
