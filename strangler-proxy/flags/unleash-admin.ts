import { z } from 'zod';
import { AppError } from '#platform/errors/app-error.js';
import { call, messageOf, type UnleashAccess } from './unleash-request.js';

const strategySchema = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string().nullish(),
  disabled: z.boolean().nullish(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  constraints: z.array(z.unknown()).default([]),
  segments: z.array(z.unknown()).default([]),
  variants: z.array(z.unknown()).default([]),
});

const flagSchema = z.object({
  name: z.string(),
  type: z.string(),
  archived: z.boolean().optional(),
  dependencies: z.array(z.unknown()).default([]),
  environments: z.array(
    z.object({
      name: z.string(),
      enabled: z.boolean(),
      strategies: z.array(strategySchema).default([]),
      variants: z.array(z.unknown()).default([]),
    }),
  ),
});

const eventsSchema = z.object({
  events: z.array(
    z.object({
      type: z.string(),
      createdAt: z.string(),
      createdBy: z.string(),
      environment: z.string().nullish(),
      data: z.unknown(),
      preData: z.unknown(),
    }),
  ),
});

export type UnleashFlag = z.infer<typeof flagSchema>;
export type UnleashStrategy = z.infer<typeof strategySchema>;
export type UnleashEvent = z.infer<typeof eventsSchema>['events'][number];

/** A strategy as it is written. */
export interface StrategyContent {
  name: string;
  title: string;
  parameters: { rollout: string; stickiness: string; groupId: string };
}

/** A flag with all its environments; undefined where there is none, or it is archived. */
export async function readFlag(access: UnleashAccess, name: string): Promise<UnleashFlag | undefined> {
  const { status, body } = await call(access, 'GET', featurePath(access, name), undefined, [404]);
  if (status === 404) return undefined;
  const flag = flagSchema.parse(body);
  return flag.archived ? undefined : flag;
}

/** @returns false where a flag of that name is there already */
export async function createFlag(access: UnleashAccess, name: string, description: string): Promise<boolean> {
  const path = `projects/${encodeURIComponent(access.project)}/features`;
  const { status, body } = await call(
    access,
    'POST',
    path,
    { name, description, type: 'operational' },
    [409],
  );
  if (status !== 409) return true;
  if (messageOf(body).includes('archived')) {
    throw new AppError(
      'failed',
      `${name} was archived in Unleash, and an archived flag can't be changed: revive it there, at ${access.url}/archive`,
    );
  }
  return false;
}

export async function addStrategy(
  access: UnleashAccess,
  name: string,
  content: StrategyContent,
): Promise<void> {
  await call(access, 'POST', `${environmentPath(access, name)}/strategies`, content);
}

/** Percentage and reason change in one step, so that nobody sees one without the other. */
export async function changeStrategy(
  access: UnleashAccess,
  name: string,
  strategyId: string,
  { title, parameters }: StrategyContent,
): Promise<void> {
  await call(access, 'PATCH', `${environmentPath(access, name)}/strategies/${strategyId}`, [
    { op: 'add', path: '/title', value: title },
    { op: 'add', path: '/parameters', value: parameters },
  ]);
}

export async function deleteStrategy(access: UnleashAccess, name: string, strategyId: string): Promise<void> {
  await call(access, 'DELETE', `${environmentPath(access, name)}/strategies/${strategyId}`, undefined, [404]);
}

export async function enableFlag(access: UnleashAccess, name: string): Promise<void> {
  await call(access, 'POST', `${environmentPath(access, name)}/on`);
}

/** What happened to a flag, newest first. */
export async function readFlagEvents(access: UnleashAccess, name: string): Promise<UnleashEvent[]> {
  const { body } = await call(access, 'GET', `events/${encodeURIComponent(name)}`);
  return eventsSchema.parse(body).events;
}

function featurePath({ project }: UnleashAccess, name: string): string {
  return `projects/${encodeURIComponent(project)}/features/${encodeURIComponent(name)}`;
}

function environmentPath(access: UnleashAccess, name: string): string {
  return `${featurePath(access, name)}/environments/${encodeURIComponent(access.environment)}`;
}
