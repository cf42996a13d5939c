import type { Answer, Command } from './command.js';

/** A shop as its clients see it, and what it has done to the world outside. */
export interface ShopUnderTest {
  /** Names it where answers differ. */
  name: string;
  /** Base address of its API. */
  url: string;
  /** Base address of the card and SMS providers that it uses. */
  providersUrl: string;
  /** Base address of the page of its mail server; without one of its own, its mails can't be told from others'. */
  mailUrl: string | undefined;
}

/** In milliseconds: far more than any shop may take. */
const noAnswerAfter = 300_000;

/**
 * Sends one command, once.
 * @param kept what earlier answers were asked to keep
 * @throws when there is no answer at all
 */
export async function sendCommand(
  { url }: Pick<ShopUnderTest, 'url'>,
  command: Command,
  kept: ReadonlyMap<string, string> = new Map(),
): Promise<Answer> {
  const { method, body, headers } = command;
  const path = command.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => kept.get(name) ?? 'nothing-kept');
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: body === undefined ? { ...headers } : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(noAnswerAfter),
  });
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: parse(await answer.text(), answer.headers.get('content-type')),
  };
}

function parse(text: string, mediaType: string | null): unknown {
  return text !== '' && /json/.test(mediaType ?? '') ? (JSON.parse(text) as unknown) : text;
}
