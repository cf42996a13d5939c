import type { Replaced } from '../../flags/replaced-roll-out.js';
import type { RollOutChange } from '../../flags/set-roll-out.js';
import { shortId } from '../status/concerns.js';
import type { Confirmation } from './wait-until-acted-on.js';

/** What is flipped. */
export interface Target {
  flag: string;
  endpoint: string | null;
  /** For a flag that is made now. */
  stickiness: string;
}

/** What was changed, what was there before, and who acts on it. */
export function changeText(
  target: Target,
  { percent, stickiness, before }: RollOutChange,
  confirmation: Confirmation,
): string {
  const { acting, missing, seconds } = confirmation;
  const all = acting.length + missing.length;
  return [
    `${target.flag}${target.endpoint ? ` (${target.endpoint})` : ''}: ${percent} % to the service, ${stickinessText(stickiness)}`,
    `  before: ${beforeText(before)}`,
    `  ${acting.length} of ${all} ${all === 1 ? 'gateway acts' : 'gateways act'} on it${missing.length === 0 && all > 0 ? `, after ${seconds.toFixed(1)} s` : ''}`,
  ].join('\n');
}

function stickinessText(stickiness: string): string {
  return stickiness === 'random' ? 'chosen at random' : `sticking to ${stickiness}`;
}

function beforeText(before: Replaced | null): string {
  if (before === null) return 'no flag, so the monolith answered everything';
  const why = before.reason === '' ? '' : `, ${before.percent === null ? '' : 'because: '}${before.reason}`;
  const since = before.since === null ? '' : `, since ${before.since}`;
  return `${before.percent === null ? 'no percentage' : `${before.percent} %`}${why}${since}`;
}

/** Why the change is not known to have arrived everywhere. */
export function missingText(
  flag: string,
  { percent }: RollOutChange,
  { acting, missing, seconds }: Confirmation,
  superseded: boolean,
): string {
  if (superseded)
    return `Somebody has changed ${flag} again in the meantime, so ${percent} % no longer stands: "npx strangler flags list" shows who and why.`;
  if (acting.length + missing.length === 0)
    return `${flag} is set to ${percent} %, but no gateway could be asked whether it acts on it: look at "npx strangler status".`;
  const who = missing.map(
    ({ gateway, why }) => `\n  ${gateway.includes('//') ? gateway : shortId(gateway)} ${why}`,
  );
  return `${flag} is set to ${percent} % in Unleash, but after ${seconds.toFixed(0)} s not every gateway acts on it:${who.join('')}\nLook at "npx strangler status": a gateway that can't reach Unleash goes on with the flags it knows.`;
}
