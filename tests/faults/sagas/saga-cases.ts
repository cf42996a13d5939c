import type { AnySaga, AnyStep } from '#platform/saga/held-saga.js';
import { always, type Interference, moments, type StepAction } from './interfere.js';

/** Something that goes wrong with a saga, and how that has to end. */
export interface SagaCase {
  saga: string;
  /** What goes wrong, as the end of a sentence about the saga. */
  name: string;
  interferences: Omit<Interference, 'subject'>[];
  /** All of its steps are done, or none is. */
  end: 'done' | 'taken back';
}

type Place = Pick<Interference, 'saga' | 'step' | 'action'>;

const once = 1;
/** Often enough to be seen among what is stuck. */
const repeatedly = 3;

/** A kill at each boundary of each step and of each compensation. */
export function kills(sagas: readonly AnySaga[]): SagaCase[] {
  return sagas.flatMap((saga) =>
    places(saga).flatMap(({ place, taken }) =>
      moments.map((moment): SagaCase => ({
        saga: saga.name,
        name: `${momentNames[moment]} ${describe(place)}`,
        interferences: [...taken, { ...place, moment, effect: 'halt', times: once }],
        end: place.action === 'run' ? 'done' : 'taken back',
      })),
    ),
  );
}

/** Each step and each compensation fails a few times, in each way that there is, before it succeeds. */
export function failuresForAWhile(sagas: readonly AnySaga[]): SagaCase[] {
  return sagas.flatMap((saga) => places(saga).flatMap((at) => forAWhile(saga, at)));
}

/** Each step that can be given up fails for good. */
export function failuresForGood(sagas: readonly AnySaga[]): SagaCase[] {
  return sagas.flatMap((saga) => places(saga).flatMap((at) => forGood(saga, at)));
}

interface InSaga {
  place: Place;
  step: AnyStep;
  /** What has to go wrong for the saga to get there. */
  taken: Omit<Interference, 'subject'>[];
}

/** Each step, and each compensation behind which a later step is refused. */
function places(saga: AnySaga): InSaga[] {
  const refused = lastThatMayRefuse(saga);
  const at = (step: AnyStep, action: StepAction) => ({ saga: saga.name, step: step.name, action });
  const refusal = { ...at(refused, 'run'), moment: 'before', effect: 'refusal', times: once } as const;
  return saga.steps.flatMap((step) => [
    { place: at(step, 'run'), step, taken: [] },
    ...(step.compensate ? [{ place: at(step, 'compensate'), step, taken: [refusal] }] : []),
  ]);
}

/** @throws for a saga whose last step can be compensated: how it gets there would have to be said here */
function lastThatMayRefuse({ name, steps }: AnySaga): AnyStep {
  const pivot = steps.findIndex((step) => step.pivot);
  const last = steps[pivot < 0 ? steps.length - 1 : pivot]!;
  if (last.compensate) throw new Error(`no case compensates "${last.name}", the last step of ${name}`);
  return last;
}

function forAWhile(saga: AnySaga, { place, step, taken }: InSaga): SagaCase[] {
  // A step that its request takes is not tried again: the request has failed, and may come again.
  if (place.action === 'run' && isLeading(saga, step)) return [];
  const effects = [
    ['before', 'unreachable', 'can’t be asked to'],
    ['before', 'no answer', 'does not get the question to'],
    ['done', 'no answer', 'gives no answer to'],
  ] as const;
  return effects.map(([moment, effect, words]) => ({
    saga: saga.name,
    name: `a participant ${words} ${describe(place)}, ${repeatedly} times`,
    interferences: [...taken, { ...place, moment, effect, times: repeatedly }],
    end: place.action === 'run' ? 'done' : 'taken back',
  }));
}

function forGood(saga: AnySaga, { place, step, taken }: InSaga): SagaCase[] {
  if (place.action === 'compensate' || isLeading(saga, step)) return [];
  const committed = saga.steps.slice(0, saga.steps.indexOf(step)).some(({ pivot }) => pivot);
  if (committed || saga.steps.length === 1) return [];
  const at = { saga: saga.name, end: 'taken back' } as const;
  const to = describe(place);
  const cases: SagaCase[] = [
    {
      ...at,
      name: `a participant refuses to ${to}`,
      interferences: [...taken, { ...place, moment: 'before', effect: 'refusal', times: once }],
    },
    {
      ...at,
      name: `a participant can’t be asked to ${to} at all`,
      interferences: [...taken, { ...place, moment: 'before', effect: 'unreachable', times: always }],
    },
  ];
  if (step.compensate) {
    cases.push({
      ...at,
      name: `a participant never gives an answer to ${to}`,
      interferences: [...taken, { ...place, moment: 'done', effect: 'no answer', times: always }],
    });
  }
  return cases;
}

function isLeading({ steps }: AnySaga, step: AnyStep): boolean {
  return steps.slice(0, steps.indexOf(step) + 1).every(({ kind }) => kind === 'local');
}

const momentNames = {
  before: 'before it begins to',
  done: 'when it has done, and not written down,',
  kept: 'when it has written down',
};

function describe({ action, step }: Place): string {
  return action === 'run' ? `"${step}"` : `take back "${step}"`;
}
