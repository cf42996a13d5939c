import { setTimeout as sleep } from 'node:timers/promises';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/errors/app-error.js';
import { notConfirmed } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import type { ControlClient } from './control-client.js';
import { closedText } from './owner-text.js';

export interface Following {
  capability: string;
  percent: number;
  /** Milliseconds. */
  patience: number;
  /** Hand-overs that had ended before: those are not told. */
  before: Pick<CapabilityView, 'recent'>;
}

/** Milliseconds between two looks. */
const lookEvery = 300;
/** A control plane that was killed is back, or another one leads, within this time. */
const silencePatience = 20_000;

/**
 * Tells what happens until the wanted share is reached.
 * @param signal aborted by Ctrl-C: what was begun goes on without us
 * @returns as it stands in the end
 * @throws AppError `failed` when a person has to act, `not_confirmed` when it isn't there in time, or nobody waits any more
 */
export async function followHandOver(
  control: ControlClient,
  { capability, percent, patience, before }: Following,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<CapabilityView> {
  const deadline = Date.now() + patience;
  const told = new Set(before.recent.map(({ id }) => id));
  const said = new Set<string>();
  const look = patientLook(control, capability, terminal);
  for (;;) {
    const view = await look(signal);
    tellNews(view, told, said, terminal);
    const { state, wanted } = view;
    if (state === 'settled' && wanted.percent === percent) return view;
    if (wanted.percent !== null && wanted.percent !== percent)
      throw new AppError(
        'failed',
        `Somebody has changed what is wanted of ${capability} to ${wanted.percent} % in the meantime: "npx strangler owner ${capability}" shows how it stands.`,
      );
    if (state === 'paused' || state === 'refused' || state === 'stopped') throw needsPerson(view);
    if (signal.aborted) throw notConfirmed(leftRunning(capability));
    if (Date.now() > deadline)
      throw notConfirmed(
        `${capability} is not at ${percent} % after ${patience / 1000} s: the service owns ${view.serviceBuckets} buckets. ${leftRunning(capability)}`,
      );
    await sleep(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}

/** Looks again while the control plane is away for a moment: what was begun does not depend on this command. */
function patientLook(
  control: ControlClient,
  capability: string,
  terminal: Terminal,
): (signal: AbortSignal) => Promise<CapabilityView> {
  return async (signal) => {
    const deadline = Date.now() + silencePatience;
    for (let silences = 0; ; silences++) {
      try {
        return await control.look(capability);
      } catch (error) {
        const away = error instanceof AppError && error.code === 'not_reachable';
        if (!away) throw error;
        if (signal.aborted || Date.now() > deadline) throw notConfirmed(unheard(capability));
        if (silences === 0)
          terminal.tell('! the control plane does not answer at the moment; it is asked again');
        await sleep(lookEvery, undefined, { signal }).catch(() => undefined);
      }
    }
  };
}

function tellNews(view: CapabilityView, told: Set<string>, said: Set<string>, terminal: Terminal): void {
  const closed = view.recent.filter(({ id }) => !told.has(id)).toReversed();
  for (const handOver of closed) {
    told.add(handOver.id);
    terminal.progress('');
    terminal.tell(closedText(handOver));
  }
  // What ends the command is told as its error.
  if (['paused', 'refused', 'stopped'].includes(view.state)) return;
  // Figures in a reason change from look to look: it is told once, however they do.
  for (const reason of view.reasons.filter((one) => !said.has(withoutFigures(one)))) {
    said.add(withoutFigures(reason));
    terminal.progress('');
    terminal.tell(terminal.colours.yellow(`! ${reason}`));
  }
  terminal.progress(
    `the service owns ${view.serviceBuckets} of 100 buckets, wanted are ${view.wanted.percent ?? '?'}: ${view.state}`,
  );
}

function withoutFigures(text: string): string {
  return text.replaceAll(/\d+/g, '');
}

function needsPerson({ capability, state, reasons }: CapabilityView): AppError {
  const what = {
    paused: `${capability} is`,
    refused: `${capability} stays as it is:`,
    stopped: `${capability} is stopped:`,
  }[state as 'paused' | 'refused' | 'stopped'];
  const next = state === 'refused' ? '' : ` When that is settled: "npx strangler resume ${capability}".`;
  return new AppError('failed', `${what} ${reasons.join('; ')}.${next}`);
}

function unheard(capability: string): string {
  return `The control plane does not answer any more: how far it is can't be said. ${leftRunning(capability)}`;
}

function leftRunning(capability: string): string {
  return `It goes on without this command: "npx strangler owner ${capability}" shows how far it is, "npx strangler pause ${capability}" stops it between two steps.`;
}
