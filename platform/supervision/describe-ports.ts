import type { ChosenPort } from './choose-ports.js';

/**
 * What a person should know about ports that are not the documented ones, or not those of the last start: a line for each reason.
 * @param file where the ports are kept
 */
export function describePorts(chosen: readonly ChosenPort[], file: string): string[] {
  const lines = new Map<string, string[]>();
  for (const one of chosen) {
    const described = describe(one, file);
    if (described === undefined) continue;
    const [reason, detail] = described;
    lines.set(reason, [...(lines.get(reason) ?? []), detail]);
  }
  return [...lines].map(([reason, details]) => `${reason}: ${details.join(', ')}`);
}

function describe(
  { name, documented, before, port, refused }: ChosenPort,
  file: string,
): [reason: string, detail: string] | undefined {
  // Any port would do.
  if (documented === 'any') return undefined;
  if (refused !== undefined) {
    const { usedBy } = refused;
    const user = usedBy === 'another program' ? usedBy : `the system in ${usedBy.system}`;
    return [`ports in use by ${user}, so others are taken`, `${name} ${port} instead of ${refused.port}`];
  }
  if (port === before && port !== documented) {
    return [
      `ports kept from an earlier start (remove ${file} for the documented ones)`,
      `${name} ${port} instead of ${documented}`,
    ];
  }
  return undefined;
}
