import type { ProjectionStatus } from '#contracts/strangler/projections.js';
import { plainRow, rightCell, textTable } from '../output/text-table.js';

/** Projections as a table. */
export function projectionsTable(projections: readonly ProjectionStatus[]): string {
  const heading = [
    ...plainRow('projection', 'program', 'built'),
    rightCell('behind'),
    rightCell('lag'),
    ...plainRow('being built'),
  ];
  const rows = projections.map((one) => [
    ...plainRow(one.name, one.program, one.builtAt ?? 'not yet'),
    rightCell(one.eventsBehind ?? '?'),
    rightCell(one.lagMs === null ? '?' : `${(one.lagMs / 1_000).toFixed(1)} s`),
    ...plainRow(one.rebuild ? buildText(one.rebuild) : ''),
  ]);
  return textTable([heading, ...rows]);
}

/** How far a build is, as in `orders 500 of 2000`. */
export function buildText({ step, done, total, problem }: NonNullable<ProjectionStatus['rebuild']>): string {
  const far = total > done ? `${step} ${done} of ${total}` : `${step} ${done}`;
  return problem === null ? far : `${far}; tried again: ${problem}`;
}
