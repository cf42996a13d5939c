import { parse } from 'yaml';
import { z } from 'zod';
import { interpolateAll, type Variables } from './interpolate.js';

const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully']);

const serviceSchema = z.object({
  image: z.string(),
  build: z.unknown().optional(),
  pull_policy: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  restart: z.string(),
  read_only: z.boolean().default(false),
  tmpfs: z.array(z.string()).default([]),
  mem_limit: z.string().optional(),
  /** `127.0.0.1:8080:8080` */
  ports: z.array(z.string()).default([]),
  /** `name:/path`, or `./file:/path:ro` */
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition })).default({}),
  healthcheck: z
    .object({
      test: z.array(z.string()),
      interval: z.string(),
      start_interval: z.string(),
      start_period: z.string(),
      timeout: z.string(),
      retries: z.number(),
    })
    .optional(),
});

const fileSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.unknown()),
});

export type ComposeService = z.output<typeof serviceSchema>;
export type ComposeFile = z.output<typeof fileSchema>;

/** Parses the text of a compose file, with its merge keys, and puts variables in where they are given. */
export function parseCompose(text: string, variables?: Variables): unknown {
  const parsed: unknown = parse(text, { merge: true });
  return variables === undefined ? parsed : interpolateAll(parsed, variables);
}

/** The parts of a compose file that are looked at here, in the form in which this repository writes them. */
export function readComposeFile(text: string, variables?: Variables): ComposeFile {
  return fileSchema.parse(parseCompose(text, variables));
}

/** Services that `docker compose up` starts: those without a profile. */
export function startedServices({ services }: ComposeFile): [string, ComposeService][] {
  return Object.entries(services).filter(([, { profiles }]) => profiles.length === 0);
}

/** One that does its work and ends. */
export function isOneShot({ restart, profiles }: ComposeService): boolean {
  return restart.startsWith('on-failure') && profiles.length === 0;
}
