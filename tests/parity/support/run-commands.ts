import { setTimeout as sleep } from 'node:timers/promises';
import { deriveId } from '#platform/ownership/derive-id.js';
import { type Answer, type Command, describeCommand } from './command.js';
import { comparable, differences, nameIds, type NameId } from './compare-answers.js';
import { outsideQuestion, readOutside } from './outside-world.js';
import { ParityFailure } from './parity-failure.js';
import { sendCommand, type ShopUnderTest } from './shop-under-test.js';
import { wideMs } from '../../support/wide-limits.js';
import type { Met } from './unmet-answers.js';

/** Longest that a shop may take for what it does after its answer, in milliseconds. */
const usualPatience = 5 * wideMs;

interface Conversation {
  shop: ShopUnderTest;
  kept: Map<string, string>;
  nameId: NameId;
}

/** The shop that all others are compared with comes first. */
export type Pair = readonly [expected: ShopUnderTest, actual: ShopUnderTest];

/**
 * Sends the same commands to two shops, one after another, and compares each answer.
 * @param patience longest that a shop may take for what it does after its answers, in milliseconds
 * @returns what the first shop has answered
 * @throws ParityFailure at the first that differs
 */
export async function expectParity(
  pair: Pair,
  commands: readonly Command[],
  patience = usualPatience,
): Promise<Met[]> {
  const known = idsOfKeys(commands);
  const [expected, actual] = pair.map((shop) => ({ shop, kept: new Map(), nameId: nameIds(known) })) as [
    Conversation,
    Conversation,
  ];
  const met: Met[] = [];
  for (const [index, command] of commands.entries()) {
    const requestId = command.headers?.['x-request-id'];
    const answered = await Promise.all([ask(expected, command, patience), ask(actual, command, patience)]);
    const answers = [
      comparable(answered[0], expected.nameId, requestId),
      comparable(answered[1], actual.nameId, requestId),
    ] as const;
    const found = differences(...answers);
    met.push({ command, answer: answered[0] });
    if (found.length === 0) continue;
    const shops = [expected.shop.name, actual.shop.name] as const;
    throw new ParityFailure({ shops, commands: commands.slice(0, index + 1), answers, differences: found });
  }
  await expectSameOutside([expected, actual], commands, patience);
  return met;
}

/** Money and messages may take their time, but come to the same. */
async function expectSameOutside(
  pair: readonly [Conversation, Conversation],
  commands: readonly Command[],
  patience: number,
) {
  const giveUpAt = Date.now() + patience;
  for (;;) {
    const [expected, actual] = await Promise.all(
      pair.map(async ({ shop, nameId }) => comparable(await readOutside(shop, commands), nameId)),
    );
    const found = differences(expected!, actual!);
    if (found.length === 0) return;
    if (Date.now() > giveUpAt) {
      const shops = [pair[0].shop.name, pair[1].shop.name] as const;
      const all = [...commands, outsideQuestion];
      throw new ParityFailure({ shops, commands: all, answers: [expected!, actual!], differences: found });
    }
    await sleep(100);
  }
}

/** The ids that gateways and programs derive from the keys that clients send. */
function idsOfKeys(commands: readonly Command[]): ReadonlySet<string> {
  const keys = commands.flatMap(({ headers }) => headers?.['idempotency-key'] ?? []);
  return new Set(
    ['orders', 'payments', 'notifications'].flatMap((capability) =>
      keys.map((key) => deriveId(capability, key)),
    ),
  );
}

async function ask({ shop, kept }: Conversation, command: Command, patience: number): Promise<Answer> {
  const giveUpAt = Date.now() + patience;
  for (;;) {
    const answer = await send(shop, command, kept);
    const { until = () => true, keep = {} } = command;
    if (until(answer) || Date.now() > giveUpAt) {
      for (const [name, place] of Object.entries(keep)) kept.set(name, valueAt(answer.body, place));
      return answer;
    }
    await sleep(50);
  }
}

async function send(
  shop: ShopUnderTest,
  command: Command,
  kept: ReadonlyMap<string, string>,
): Promise<Answer> {
  try {
    return await sendCommand(shop, command, kept);
  } catch (cause) {
    throw new Error(`${shop.name} gave no answer to ${describeCommand(command)}`, { cause });
  }
}

function valueAt(body: unknown, place: string): string {
  const value = place
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name], body);
  return typeof value === 'string' ? encodeURIComponent(value) : `no-${place}`;
}
