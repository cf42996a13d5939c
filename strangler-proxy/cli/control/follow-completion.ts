import { setTimeout as sleep } from 'node:timers/promises';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/errors/app-error.js';
import { notConfirmed } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import { stepTexts } from './completion-text.js';
import type { ControlClient } from './control-client.js';

/** Milliseconds between two looks; and for how long a control plane may be away. */
const lookEvery = 300;
const silencePatience = 20_000;

/**
 * Tells the steps of a completion until it has come to its end.
 * @param signal aborted by Ctrl-C: what was begun goes on without us
 * @throws AppError `failed` when somebody took it back, `not_confirmed` when it isn't done in time, or nobody waits any more
 */
export async function followCompletion(
  control: ControlClient,
  { capability, until, patience }: { capability: string; until: 'completed' | 'dropped'; patience: number },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<CapabilityView> {
  const deadline = Date.now() + patience;
  let heardAt = Date.now();
  let told = '';
  const tell = (text: string) => {
    if (text !== told) terminal.tell(text);
    told = text;
  };
  for (;;) {
    const view = await control.look(capability).catch((error: unknown) => {
      const away = error instanceof AppError && error.code === 'not_reachable';
      if (!away) throw error;
      return undefined;
    });
    if (view) heardAt = Date.now();
    if (view?.completion?.state === until) return view;
    if (view && (view.completion === null || view.completion.state === 'undoing'))
      throw await whyNot(control, capability);
    if (view?.completion) tell(stepText(view.completion));
    const isSilent = Date.now() - heardAt > silencePatience;
    if (signal.aborted || isSilent || Date.now() > deadline)
      throw notConfirmed(
        `${isSilent ? 'The control plane does not answer any more. ' : ''}It goes on without this command: "npx strangler complete ${capability} --dry-run" shows how far it is${view?.completion?.canBeUndone ? `, "npx strangler resume ${capability}" takes it back` : ''}.`,
      );
    await sleep(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}

/** Either what was found in its way, or somebody has thought better of it. */
async function whyNot(control: ControlClient, capability: string): Promise<AppError> {
  const entries = await control.audit(200).catch(() => []);
  const last = entries.find(
    (entry) => entry.capability === capability && entry.action.startsWith('completion'),
  );
  return last?.outcome === 'refused'
    ? new AppError('failed', `${capability} can't be completed yet: ${last.reason}`)
    : new AppError('failed', `Somebody has taken the completion of ${capability} back.`);
}

function stepText({ state, problem }: NonNullable<CapabilityView['completion']>): string {
  return problem === null ? stepTexts[state] : `! ${stepTexts[state]}: it waits for ${problem}`;
}
