import { v7 as uuidv7 } from 'uuid';

const valid = /^[A-Za-z0-9._-]{1,128}$/;

/** The client's own request id when it is one we can log and pass on, else a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && valid.test(header) ? header : uuidv7();
}
