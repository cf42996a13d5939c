import { isBecomes, kinds } from '../fields/kinds.js';
import type { EndpointReport, FieldReport, KindReport, Rate } from './report.js';

/** What a person is told of an endpoint. */
export function endpointSentence({
  verdict,
  agreement,
  comparisons,
  controlAgain,
  needsControlAgain,
  fields,
}: Omit<EndpointReport, 'sentence'>): string {
  const agrees = `agreement is at least ${percent(agreement.lower, 'down')} (95 % confidence)`;
  const open = fields.filter((field) => field.verdict === verdict).length;
  if (verdict === 'differs')
    return `${counted(open, 'field')} differ${open === 1 ? 's' : ''} beyond noise; ${agrees}`;
  if (verdict === 'undecided')
    return `${counted(open, 'field')} differ${open === 1 ? 's' : ''}, which may be noise: ${needs(needsControlAgain, controlAgain)}; ${agrees}`;
  const noisy =
    fields.length === 0 ? 'no difference' : `nothing but noise in ${counted(fields.length, 'field')}`;
  return `${noisy} in ${counted(comparisons, 'comparison')}; ${agrees}`;
}

/** What a person is told of a field. */
export function fieldSentence({
  verdict,
  candidate,
  noise,
  kinds: list,
  needsControlAgain,
}: Pick<FieldReport, 'verdict' | 'candidate' | 'noise' | 'kinds' | 'needsControlAgain'>): string {
  const rates = `differs in ${often(candidate)}; control differs from itself in ${noise.of === 0 ? 'no sample yet' : often(noise)}`;
  if (verdict === 'noise') return `noise: ${rates}`;
  const what = describeKinds(list, verdict === 'differs');
  if (verdict === 'undecided') return `${what}: ${rates}; ${needs(needsControlAgain, noise.of)}`;
  return `${what}: ${rates}`;
}

/** The ways in which it differs, those that are findings if any kind besides "any" is one. */
function describeKinds(list: readonly KindReport[], onlyFindings: boolean): string {
  const named = list.filter(({ kind }) => kind !== kinds.any);
  const findings = named.filter(({ isFinding }) => isFinding);
  const chosen = onlyFindings && findings.length > 0 ? findings : named;
  const texts = chosen.slice(0, 3).map(({ kind, candidate }) => `${describeKind(kind)} (${candidate})`);
  return texts.length === 0 ? 'another value' : texts.join(', ');
}

const descriptions: Readonly<Record<string, string>> = {
  [kinds.any]: 'another value',
  [kinds.missing]: 'missing at the candidate',
  [kinds.extra]: 'only at the candidate',
  [kinds.becomesNull]: 'null at the candidate',
  [kinds.wasNull]: 'null at control only',
  [kinds.notation]: 'the same number, written otherwise',
  [kinds.lastDigit]: 'off by one in the last digit',
  [kinds.moreDecimals]: 'more decimals',
  [kinds.fewerDecimals]: 'fewer decimals',
  [kinds.negative]: 'negative at the candidate only',
  [kinds.positive]: 'negative at control only',
  [kinds.twofold]: 'twice as large or more',
  [kinds.tenfold]: 'ten times as large or more',
  [kinds.letterCase]: 'other upper and lower case',
  [kinds.whiteSpace]: 'other white space',
  [kinds.shape]: 'another length or form',
  [kinds.skewSeconds]: 'more than 2 s apart',
  [kinds.skewMinutes]: 'more than 1 min apart',
  [kinds.skewHours]: 'more than 30 min apart',
  [kinds.order]: 'another order',
  [kinds.members]: 'other members',
  [kinds.firstElement]: 'another first element',
  [kinds.longer]: 'longer',
  [kinds.shorter]: 'shorter',
  [kinds.repeats]: 'the candidate repeats a value that changes at control',
  [kinds.range]: 'beyond all values of control',
};

/** A kind of difference in words. */
export function describeKind(kind: string): string {
  if (isBecomes(kind)) return `becomes ${kind.slice(kind.indexOf(': ') + 2)}`;
  return descriptions[kind] ?? kind;
}

function needs(samples: number | null, have: number): string {
  if (samples === null) return 'more comparisons are needed to decide';
  return `${samples} more A/A samples are needed to decide (there are ${have})`;
}

function often({ seen, of, share }: Rate): string {
  return `${seen} of ${of} (${percent(share, 'nearest')})`;
}

/** A share as per cent: never rounded up to 100, where it is not all. */
export function percent(share: number, rounding: 'down' | 'nearest'): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (rounding === 'nearest')
    return `${value < 1 ? Number(value.toPrecision(2)) : Number(value.toFixed(1))} %`;
  const digits = value >= 99.9 ? 4 : 2;
  return `${(Math.floor(value * 10 ** digits) / 10 ** digits).toFixed(digits)} %`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
