import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { choosePort } from './choose-port.js';
import { writeFileAtomically } from './write-file-atomically.js';

const portsFile = z.record(z.string(), z.number());

export interface PortAssignment {
  ports: Record<string, number>;
  /** Names whose documented port was in use by another program, with that port. */
  moved: { name: string; wanted: number; port: number }[];
}

/**
 * Gives each name a port that is free now, and remembers them in `<data-dir>/ports.json`, so that addresses stay over restarts.
 * @param wanted documented port of each name
 * @param anywhere true for a run that must not meet another: any free ports
 */
export async function assignPorts(
  dataDir: string,
  wanted: Readonly<Record<string, number>>,
  anywhere: boolean,
): Promise<PortAssignment> {
  const file = join(dataDir, 'ports.json');
  const before = readPorts(file);
  const ports: Record<string, number> = {};
  const moved: PortAssignment['moved'] = [];
  for (const [name, documented] of Object.entries(wanted)) {
    const wish = { wanted: anywhere ? 'any' : documented, before: before[name] } as const;
    const port = await choosePort(wish, new Set(Object.values(ports)));
    ports[name] = port;
    if (!anywhere && port !== documented) moved.push({ name, wanted: documented, port });
  }
  writeFileAtomically(file, `${JSON.stringify(ports, null, 2)}\n`);
  return { ports, moved };
}

function readPorts(file: string): Record<string, number> {
  try {
    return portsFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Only a convenience: without it, or with a damaged one, ports are chosen anew.
    return {};
  }
}
