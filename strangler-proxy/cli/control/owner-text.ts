import type {
  BucketView,
  CapabilityView,
  GateReading,
  HandOverView,
  PlannedStep,
} from '#contracts/strangler/control-plane.js';
import type { Terminal } from '../output/terminal.js';
import { type Cell, plainRow, rightCell, textTable } from '../output/text-table.js';
import { bucketText, countedBuckets } from './bucket-text.js';

type Colours = Terminal['colours'];

const bucketsInRow = 20;
const cellWidth = 2;
const fewHandOvers = 5;

/** Who owns what of a capability, what is under way, and what holds it up. */
export function ownerText(view: CapabilityView, epochs: boolean, colours: Colours): string {
  return [
    headline(view, colours),
    ...view.reasons.map((reason) => colours.yellow(`! ${reason}`)),
    '',
    grid(view, epochs, colours),
    colours.dim(
      'S service   M monolith   > on its way to the service   < on its way to the monolith   ? unknown',
    ),
    ...section('open hand-overs', view.openHandOvers.map(openText)),
    ...section('next', view.steps.map(stepText)),
    ...(view.gates.length > 0 ? ['', gateTable(view.gates, colours)] : []),
    ...section('last hand-overs', view.recent.slice(0, fewHandOvers).map(closedText)),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

/** One line: what is, what is wanted, and how it stands. */
export function headline(
  { capability, serviceBuckets, wanted, state, paused }: CapabilityView,
  colours: Colours,
): string {
  const goal =
    wanted.by === 'completion'
      ? 'they stay there'
      : wanted.percent === null
        ? `the flag ${wanted.flag} can't be followed`
        : `wanted are ${wanted.percent} %${wanted.by === 'rollback' ? ', since it is being rolled back' : `, by the flag ${wanted.flag}`}`;
  const paint =
    { settled: colours.green, completed: colours.green, moving: colours.cyan }[state as string] ??
    colours.yellow;
  const how = paused ? `${state} by ${paused.by} since ${clock(paused.at)}` : state;
  return `${capability}: the service owns ${serviceBuckets} of 100 buckets; ${goal}: ${paint(how)}`;
}

function grid({ buckets, openHandOvers }: CapabilityView, epochs: boolean, colours: Colours): string {
  const moving = new Map(
    openHandOvers.flatMap(({ to, buckets: moved }) => moved.map(({ bucket }) => [bucket, to] as const)),
  );
  const head: Cell[] = [
    { text: '' },
    ...Array.from({ length: bucketsInRow }, (_, at) => ({
      ...rightCell(String(at + 1).padStart(cellWidth)),
      paint: colours.dim,
    })),
  ];
  const rows = Array.from({ length: Math.ceil(buckets.length / bucketsInRow) }, (_, row): Cell[] => {
    const shown = buckets.slice(row * bucketsInRow, (row + 1) * bucketsInRow);
    return [
      { ...rightCell(`${shown[0]?.bucket}-${shown.at(-1)?.bucket}`), paint: colours.dim },
      ...shown.map((one) => bucketCell(one, moving.get(one.bucket), epochs, colours)),
    ];
  });
  return textTable([head, ...rows]);
}

function bucketCell(
  { owner, epoch }: BucketView,
  movingTo: 'monolith' | 'service' | undefined,
  epochs: boolean,
  colours: Colours,
): Cell {
  const letter =
    owner === 'service'
      ? 'S'
      : owner === 'monolith'
        ? 'M'
        : movingTo === 'service'
          ? '>'
          : movingTo
            ? '<'
            : '?';
  const paint = owner === 'service' ? colours.green : owner === null ? colours.yellow : undefined;
  return { ...rightCell(epochs ? `${letter}${epoch}` : letter), ...(paint ? { paint } : {}) };
}

const stage: Record<HandOverView['state'], string> = {
  releasing: 'being released',
  granting: 'released, and on their way',
  vetoing: 'late: being refused',
  reopening: 'refused: going back to where they were',
  done: 'done',
  'given-up': 'given up',
};

function openText({ to, buckets, state, begunAt }: HandOverView): string {
  const moved = buckets.map(({ bucket }) => bucket);
  return `${countedBuckets(moved)} to the ${to}: ${stage[state]}, begun ${clock(begunAt)}`;
}

function stepText({ to, buckets }: PlannedStep): string {
  return `${countedBuckets(buckets)} to the ${to}`;
}

/** A hand-over that has ended. */
export function closedText({ to, buckets, state, begunAt, closedAt, reason }: HandOverView): string {
  const moved = buckets.map(({ bucket }) => bucket);
  const took = closedAt ? ` after ${((Date.parse(closedAt) - Date.parse(begunAt)) / 1000).toFixed(2)} s` : '';
  const why = reason && state === 'given-up' ? `: ${reason}` : '';
  return `${clock(begunAt)}  ${countedBuckets(moved)} to the ${to}: ${stage[state]}${took}${why}`;
}

/** What each gate sees. */
function gateTable(gates: readonly GateReading[], colours: Colours): string {
  const head = plainRow('GATE', '', 'SEEN', 'NEEDED').map((cell) => ({ ...cell, paint: colours.dim }));
  return textTable([
    head,
    ...gates.map(({ name, open, figure, limit }) => [
      { text: name },
      open ? { text: 'open', paint: colours.green } : { text: 'SHUT', paint: colours.red },
      { text: figure },
      { text: limit },
    ]),
  ]);
}

/** What a share would do. */
export function planText(view: CapabilityView, percent: number, colours: Colours): string {
  const { capability, steps, gates, serviceBuckets, buckets } = view;
  const unknown = buckets.filter(({ owner }) => owner === null).map(({ bucket }) => bucket);
  const shut = gates.flatMap(({ reason }) => reason ?? []);
  const count = `${steps.length} ${steps.length === 1 ? 'hand-over' : 'hand-overs'}`;
  return [
    `${capability}: from ${serviceBuckets} to ${percent} buckets with the service ${steps.length === 0 ? 'nothing has to move' : `in ${count}`}; nothing is changed by looking`,
    ...steps.map((step, at) => `  ${at + 1}.  ${stepText(step)}`),
    ...(gates.length > 0 ? ['', gateTable(gates, colours)] : []),
    ...(unknown.length > 0 ? [colours.yellow(`! nobody knows who owns ${bucketText(unknown)}`)] : []),
    ...[...new Set([...shut, ...view.reasons])].map((reason) => colours.yellow(`! ${reason}`)),
  ].join('\n');
}

function clock(at: string): string {
  return at.slice(11, 19);
}
