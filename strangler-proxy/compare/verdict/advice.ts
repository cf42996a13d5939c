import { isBecomes, isFormatChange, isTypeChange, kinds } from '../fields/kinds.js';
import type { FieldReport } from './report.js';

/** By the kind of difference: where to look first. */
const advice: Readonly<Record<string, string>> = {
  [kinds.missing]: 'Let the candidate send this field; clients may rely on it.',
  [kinds.extra]:
    'Leave the field out at the candidate, or ignore it by a rule once clients are known to accept it.',
  [kinds.becomesNull]:
    'Find out which rows the candidate has no value for: a column that is not moved, or a join that finds nothing.',
  [kinds.wasNull]:
    'The candidate fills in a default where control has null: return null, as clients know it.',
  [kinds.notation]:
    'Write the number as control does; if all clients read it as a number, add "normalise" as number.',
  [kinds.lastDigit]:
    'Compare how both round, and in which order: cents are lost by floats and by rounding twice.',
  [kinds.moreDecimals]: 'Round as control does before sending.',
  [kinds.fewerDecimals]: 'Keep all decimals that control sends.',
  [kinds.negative]: 'Look for a lower bound that control checks and the candidate does not.',
  [kinds.shape]:
    'Compare length and form of the values in the examples: another generator, encoding or host.',
  [kinds.skewSeconds]: 'Compare the clocks of both machines, and which moment each of them records.',
  [kinds.skewMinutes]: 'Compare the clocks of both machines, and which moment each of them records.',
  [kinds.skewHours]: 'Compare time zones: local time is taken for UTC, or the other way round.',
  [kinds.order]:
    'Sort as control does, with a key that decides between equals; if the order means nothing, say order: any for the list.',
  [kinds.members]:
    'Compare filters, limits and page boundaries; the examples show the members that only one side has.',
  [kinds.firstElement]: 'Compare what decides the first place; the other places are noisy.',
  [kinds.repeats]:
    'The candidate sends the same value again and again: look for a constant, or for a cache in front of it.',
  [kinds.range]: 'The candidate has values beyond all of control: compare units and limits.',
  [kinds.letterCase]: 'Send the letter case that control sends, or add "normalise" as lower-case.',
  [kinds.whiteSpace]: 'Send the white space that control sends, or add "normalise" as collapse-space.',
  [kinds.twofold]: 'Compare units and formulas: the values are far apart.',
  [kinds.tenfold]: 'Compare units: cents against euros, seconds against milliseconds.',
};

/** What to do about a field. @param main its foremost kind of difference @param samples A/A samples there are */
export function adviceFor(
  path: string,
  verdict: FieldReport['verdict'],
  main: string | undefined,
  samples: number,
): string {
  if (verdict === 'noise') return 'Nothing: control differs from itself as much.';
  if (verdict === 'undecided')
    return samples === 0
      ? 'Ask control a second time for a share of the requests, and give its answers as controlAgain.'
      : 'Collect more A/A samples, or look at the examples: if they show an error, it is one.';
  if (path === 'status') return 'Look for the request in the log of the candidate: it gives another status.';
  if (path === 'body') return adviceForBody(main);
  if (main !== undefined && isTypeChange(main))
    return 'Send the type that control sends: types are strict, 1 is not "1".';
  if (main !== undefined && isFormatChange(main))
    return 'Send the format that control sends, as the examples show.';
  if (main !== undefined && isBecomes(main))
    return 'Compare how both come to this value: a condition may be inverted, or a word mapped wrongly.';
  return advice[main ?? ''] ?? 'Compare both values in the examples, and where each side takes them from.';
}

function adviceForBody(main: string | undefined): string {
  return main !== undefined && isTypeChange(main)
    ? 'The candidate sends another kind of body: look at its errors, and at what is in front of it.'
    : (advice[main ?? ''] ?? 'Compare both bodies in the examples.');
}
