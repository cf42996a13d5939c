/** The ways in which a field can differ. Those that hold a value or two types are made by functions. */
export const kinds = {
  /** In any way at all: every difference has this kind besides its own. */
  any: 'any',
  missing: 'missing',
  extra: 'extra',
  becomesNull: 'becomes null',
  wasNull: 'was null',
  notation: 'notation',
  lastDigit: 'last digit',
  moreDecimals: 'more decimals',
  fewerDecimals: 'fewer decimals',
  negative: 'turns negative',
  positive: 'turns positive',
  higher: 'higher',
  lower: 'lower',
  twofold: 'twofold',
  tenfold: 'tenfold',
  letterCase: 'letter case',
  whiteSpace: 'white space',
  shape: 'shape',
  skewSeconds: 'over 2 s apart',
  skewMinutes: 'over 1 min apart',
  skewHours: 'over 30 min apart',
  order: 'order',
  members: 'members',
  firstElement: 'first element',
  longer: 'longer',
  shorter: 'shorter',
  /** These two are found from many answers together, not from one. */
  repeats: 'repeats',
  range: 'out of range',
} as const;

const becomesPrefix = 'becomes: ';
const arrow = ' → ';

export function becomes(value: string): string {
  return becomesPrefix + value;
}

export function isBecomes(kind: string): boolean {
  return kind.startsWith(becomesPrefix);
}

export function typeChange(from: string, to: string): string {
  return `type: ${from}${arrow}${to}`;
}

export function formatChange(from: string, to: string): string {
  return `format: ${from}${arrow}${to}`;
}

export function isTypeChange(kind: string): boolean {
  return kind.startsWith('type: ');
}

export function isFormatChange(kind: string): boolean {
  return kind.startsWith('format: ');
}

const mirrors: ReadonlyMap<string, string> = new Map(
  (
    [
      [kinds.missing, kinds.extra],
      [kinds.becomesNull, kinds.wasNull],
      [kinds.moreDecimals, kinds.fewerDecimals],
      [kinds.negative, kinds.positive],
      [kinds.higher, kinds.lower],
      [kinds.longer, kinds.shorter],
    ] as const
  ).flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ]),
);

/** What a difference would be called if control and candidate were swapped; undefined where that is the same kind. */
export function mirrorOf(kind: string): string | undefined {
  if (!isTypeChange(kind) && !isFormatChange(kind)) return mirrors.get(kind);
  const at = kind.indexOf(': ') + 2;
  const [from = '', to = ''] = kind.slice(at).split(arrow, 2);
  return `${kind.slice(0, at)}${to}${arrow}${from}`;
}

/**
 * Kinds that neither time nor load explains: an answer that is given a little later has the same types, fields and
 * formats. For these, being one-sided is enough to be found without an A/A sample.
 */
export function isStructural(kind: string): boolean {
  return (
    isTypeChange(kind) ||
    isFormatChange(kind) ||
    ([kinds.missing, kinds.extra, kinds.becomesNull, kinds.wasNull, kinds.negative] as string[]).includes(
      kind,
    )
  );
}
