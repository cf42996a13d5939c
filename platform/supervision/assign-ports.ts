import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { choosePorts } from './choose-ports.js';
import { describePorts } from './describe-ports.js';
import { reservePortsFor, type TakePort } from './reserve-port.js';
import { writeFileAtomically } from './write-file-atomically.js';

const portsFile = z.record(z.string(), z.number().int().min(1).max(65_535));

export interface PortAssignment<Name extends string> {
  ports: Record<Name, number>;
  /** What a person should know, e.g. that a documented port was in use. */
  remarks: string[];
  /** Lets other starts choose these ports again, once all processes have ended. */
  release: () => void;
}

/**
 * Gives each name a port that is free now, reserves it, and remembers it in `<data-dir>/ports.json`, so that addresses stay over
 * restarts.
 * @param documented port of each name
 * @param anywhere true for a run that must not meet another: any free ports
 */
export async function assignPorts<Name extends string>(
  dataDir: string,
  documented: Readonly<Record<Name, number>>,
  anywhere: boolean,
  take: TakePort = reservePortsFor(dataDir),
): Promise<PortAssignment<Name>> {
  const file = join(dataDir, 'ports.json');
  const before = readPorts(file);
  const wishes = Object.entries<number>(documented).map(([name, port]) => ({
    name,
    documented: anywhere ? ('any' as const) : port,
    before: before.ports[name],
  }));
  const chosen = await choosePorts(wishes, take);
  const ports = Object.fromEntries(chosen.map(({ name, port }) => [name, port])) as Record<Name, number>;
  writeFileAtomically(file, `${JSON.stringify(ports, null, 2)}\n`);
  return {
    ports,
    remarks: [...before.remarks, ...describePorts(chosen, file)],
    release: () => chosen.forEach(({ reserved }) => reserved.release()),
  };
}

function readPorts(file: string): { ports: Record<string, number>; remarks: string[] } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ports: {}, remarks: [] };
    throw error;
  }
  try {
    return { ports: portsFile.parse(JSON.parse(text)), remarks: [] };
  } catch {
    // Only a convenience: nothing is lost but the addresses of the last start.
    return { ports: {}, remarks: [`${file} is damaged, so ports are chosen as in a first start`] };
  }
}
