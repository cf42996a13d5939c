import { z } from 'zod';
import { patienceSchema } from '#platform/config/patience.js';
import { readConfig } from '#platform/config/read-config.js';
import { isUnspecifiedHost, publicUrl } from '#platform/discovery/public-address.js';

const milliseconds = (standard: number) => z.coerce.number().int().min(1).max(86_400_000).default(standard);

const yesOrNo = (standard: 'true' | 'false') =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default(standard)
    .transform((text) => text === 'true');

const sizes = (standard: string) =>
  z
    .string()
    .default(standard)
    .transform((list) => list.split(',').map(Number))
    .pipe(
      z.tuple([z.int().min(1).max(100)], z.int().min(1).max(100), {
        error: 'must be numbers of buckets, comma-separated, such as 1,5,10',
      }),
    );

const token = z.string().min(16, 'must have at least 16 characters');

const fields = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  PATIENCE: patienceSchema,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Where other instances and the command line reach this one; http://HOST:PORT where it isn't set. */
  CONTROL_PUBLIC_URL: publicUrl.optional(),
  MYSQL_URL: z.url({ protocol: /^mysql$/, error: 'must be mysql://user:password@host:port/schema' }),
  /** The first admin's token, with which others are added; not needed once another admin has one. */
  CONTROL_TOKEN: token.optional(),
  CONTROL_VIEWER_TOKEN: z
    .undefined({
      error:
        'is not used any more: unset it, and add viewers with "npx strangler token add NAME --role viewer"',
    })
    .optional(),
  UNLEASH_ADMIN_TOKEN: z.string().min(1),
  UNLEASH_PROJECT: z.string().default('default'),
  /** Buckets of the first hand-over to the service, of the second one, ...; the last number holds for all further. */
  CONTROL_STEPS_FORWARD: sizes('1,5,10,25,50'),
  CONTROL_STEPS_BACK: sizes('50'),
  /** Milliseconds, as all that follow. */
  CONTROL_RELEASE_PATIENCE: milliseconds(2_000),
  CONTROL_GRANT_PATIENCE: milliseconds(5_000),
  /** End transactions that hold a release up for half of its patience. */
  CONTROL_KILL_BLOCKERS: yesOrNo('false'),
  /** Failures in a row after which a person is asked. */
  CONTROL_MOST_FAILURES: z.coerce.number().int().min(1).max(100).default(3),
  CONTROL_BACK_OFF: milliseconds(1_000),
  CONTROL_INTERVAL: milliseconds(1_000),
  CONTROL_LEASE: z.coerce.number().int().min(1_000).max(60_000).default(3_000),
  /** Shortest wait for a sidecar's answer: on a slow machine, more than each question's own limit. */
  CONTROL_MIN_REQUEST_TIMEOUT: z.coerce.number().int().min(0).max(600_000).default(0),
  /** Lag of the receiving replica above which no hand-over begins. */
  CONTROL_MOST_LAG: milliseconds(1_000),
  /** Compare both sides before a hand-over begins. */
  CONTROL_VERIFY: yesOrNo('true'),
  /** How long a good comparison stands. */
  CONTROL_VERIFIED_FOR: milliseconds(300_000),
  /** For how long the monolith must have answered nothing of a capability before it may be completed. */
  CONTROL_QUIET_TIME: milliseconds(3_600_000),
  /** Hand over although a crash of the machine could lose acknowledged commits: for data that may be thrown away. */
  CONTROL_THROW_AWAY_DATA: yesOrNo('false'),
});

const schema = fields.refine(
  ({ HOST, CONTROL_PUBLIC_URL }) => CONTROL_PUBLIC_URL !== undefined || !isUnspecifiedHost(HOST),
  {
    path: ['CONTROL_PUBLIC_URL'],
    error:
      'is needed while HOST is 0.0.0.0 or ::, to which nobody can connect: set it to the address at which other programs reach this one, such as http://control-plane:8081',
  },
);

export type ControlConfig = z.infer<typeof schema>;

/** The control plane's environment. @throws AppError `invalid_config` that names every variable that is wrong */
export function readControlConfig(environment: NodeJS.ProcessEnv): ControlConfig {
  return readConfig('the control plane', schema, environment);
}
