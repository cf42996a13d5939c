import { z } from 'zod';
import { templateProblem } from './path-template.js';
import { optionalSection, section, timeLimit, unsaid } from './field-schemas.js';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const endpoint = z
  .string({ error: 'must be a method and a path, such as GET /inventory/{productId}' })
  .superRefine((text, context) => {
    const message = endpointProblem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

function endpointProblem(text: string): string | undefined {
  const [method, path, ...rest] = text.split(' ');
  return methods.includes(method ?? '') && path?.startsWith('/') && rest.length === 0
    ? templateProblem(path)
    : `must be one of ${methods.join(', ')}, a space, and a path such as /inventory/{productId}`;
}

const name = z.string().regex(/^[A-Za-z0-9._-]+$/, 'must be made of A-Z a-z 0-9 . _ -');

/** Where keys stand: in the path, or at a path of fields in the JSON of the request or its answer. */
const keyPath = z
  .string()
  .regex(
    /^(path\.\w+|(request|response)\.\w+(\[\])?(\.\w+(\[\])?)*)$/,
    'must be path.<name>, request.<field> or response.<field>, as in request.items[].productId',
  );

/** What bounds the requests of one endpoint, in milliseconds; what isn't said is the limit of the side that is asked. */
export const endpointTimeouts = {
  /** From the end of the request to the first byte of its answer. */
  answer: unsaid(timeLimit),
  /** Between two pieces of its answer. */
  idle: unsaid(timeLimit),
  /** From the head of the request to the end of its answer; without it there is no limit. */
  request: unsaid(timeLimit),
};

/** One line of the endpoint table. */
export const endpointSchema = section({
  endpoint,
  capability: unsaid(name),
  /** Second half of the flag's name; a read with a verb can be flipped. */
  verb: unsaid(name),
  /** The flag's whole name, where it isn't `<capability>.<verb>`. */
  flag: unsaid(name),
  /**
   * The key that a request is about. A read without one reads many; a write goes to the owner of its key. `new` is
   * the key of what a write creates: its id is made here, and passed on.
   */
  key: unsaid(
    z
      .string()
      .regex(
        /^(path\.\w+|request(\.\w+)+|new)$/,
        'must be path.<name>, request.<field>, or new for what is created',
      ),
  ),
  /** What a new flag of this endpoint sticks to: random, default, or a field of `flags.context`. */
  stickiness: unsaid(name),
  /** `read` or `write`, where the method doesn't tell. */
  kind: unsaid(z.enum(['read', 'write'], { error: 'must be read or write' })),
  /** 202 says that what the request writes is written; otherwise it leaves open what becomes of it. */
  acceptedIsDone: z.boolean({ error: 'must be true or false' }).default(false),
  timeouts: optionalSection(endpointTimeouts),
  /** Further keys, of this or other capabilities, that a write changes. */
  writes: z
    .array(
      section({
        capability: unsaid(name),
        keys: keyPath,
        /** The keys follow from those that stand there, and from these words, as programs derive ids. */
        derive: unsaid(z.array(z.string(), { error: 'must be a list of words' }).min(1)),
      }),
      { error: 'must be a list of {capability, keys, derive}' },
    )
    .default([]),
});

export type EndpointConfig = z.output<typeof endpointSchema>;
