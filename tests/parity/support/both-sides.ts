import { expect } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';

/** One request, sent alike to several programs. */
export interface Command {
  method: 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  body?: object | string;
  headers?: Record<string, string>;
}

/**
 * Sends one command to each program and expects the same answer.
 * @param varying names of fields whose values differ between any two answers, such as times
 * @returns the first one's answer
 */
export async function expectAlike(
  [one, other]: readonly [Express, Express],
  command: Command,
  varying: readonly string[] = ['createdAt', 'updatedAt'],
): Promise<request.Response> {
  const answers = [await send(one, command), await send(other, command)] as const;
  const [expected, actual] = answers.map((answer) => comparable(answer, varying));
  expect({ of: command, answer: actual }).toEqual({ of: command, answer: expected });
  return answers[0];
}

async function send(app: Express, { method, path, body, headers = {} }: Command): Promise<request.Response> {
  const sent = request(app)[method](path).set(headers);
  return body === undefined ? sent : sent.send(body);
}

/** All that a client may look at: everything but what differs between any two answers. */
function comparable(answer: request.Response, varying: readonly string[]) {
  const { date: _date, 'x-request-id': _requestId, 'content-length': _length, ...headers } = answer.headers;
  const hide = (key: string, value: unknown) =>
    varying.includes(key) && typeof value === 'string' ? shapeOf(value) : value;
  const body: unknown = answer.text ? JSON.parse(JSON.stringify(answer.body, hide)) : answer.text;
  return { status: answer.status, headers, body };
}

/** What stays of a value that varies: that it is there, and of a time its format. */
function shapeOf(value: string): string {
  return /^\d{4}-\d\d-\d\dT/.test(value) ? value.replaceAll(/\d/g, '0') : 'some text';
}
