import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { z } from 'zod';

const packages = createRequire(import.meta.url);

/** The published schema of the Compose Specification, as a linter for compose files ships it. */
const { $schema: _draft7ByAnUnusualAddress, ...specification } = JSON.parse(
  readFileSync(join(dirname(packages.resolve('dclint/package.json')), 'schemas/compose.schema.json'), 'utf8'),
) as Record<string, unknown>;

const validate = new Ajv({
  strict: false,
  allErrors: true,
  // Texts that the schema marks, but docker compose reads by rules of its own.
  validateFormats: false,
}).compile(specification);

const names = z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).default([]);
const referring = z.object({
  services: z.record(
    z.string(),
    z.object({
      depends_on: names,
      healthcheck: z.record(z.string(), z.unknown()).optional(),
      stop_grace_period: z.string().optional(),
      mem_limit: z.union([z.string(), z.number()]).optional(),
      volumes: z.array(z.union([z.string(), z.object({})])).default([]),
      ports: z.array(z.union([z.string(), z.number(), z.object({})])).default([]),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()).default({}),
});
type Referring = z.output<typeof referring>;

/**
 * What `docker compose config` would refuse, and mounts of files that don't exist.
 * @param file a compose file as it is after interpolation
 * @param folder where the file is
 * @returns one sentence for each problem
 */
export function checkComposeFile(file: unknown, folder: string): string[] {
  if (!validate(file))
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  const read = referring.parse(file);
  return [
    ...checkUnits(read),
    ...checkDependencies(read),
    ...checkVolumes(read, folder),
    ...checkPorts(read),
  ];
}

const duration = /^(\d+(\.\d+)?(us|ms|s|m|h))+$/;
const size = /^\d+(b|k|m|g|kb|mb|gb)$/;

/** The schema takes any text for a duration or a size; docker compose doesn't. */
function checkUnits({ services }: Referring): string[] {
  return Object.entries(services).flatMap(([name, { healthcheck = {}, stop_grace_period, mem_limit }]) => {
    const { test: _test, retries: _retries, disable: _disable, ...times } = healthcheck;
    const wrong = Object.entries({ ...times, stop_grace_period })
      .filter(([, text]) => text !== undefined && !duration.test(String(text)))
      .map(([key, text]) => `${name}: ${key} "${String(text)}" is no duration`);
    const limit = typeof mem_limit === 'string' && !size.test(mem_limit);
    return limit ? [...wrong, `${name}: mem_limit "${mem_limit}" is no size`] : wrong;
  });
}

function checkDependencies({ services }: Referring): string[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const missing = dependenciesOf(service)
      .filter((other) => !(other in services))
      .map((other) => `${name} depends on ${other}, which is no service`);
    const silent = Object.entries(service.depends_on)
      .filter(([other, how]) => waitsForHealth(how) && !services[other]?.healthcheck && other in services)
      .map(([other]) => `${name} waits until ${other} is healthy, which has no health check`);
    const circle = reaches(services, name, name, new Set()) ? [`${name} depends on itself`] : [];
    return [...missing, ...silent, ...circle];
  });
}

function dependenciesOf({ depends_on }: Referring['services'][string]): string[] {
  return Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
}

function waitsForHealth(how: unknown): boolean {
  return (how as { condition?: unknown }).condition === 'service_healthy';
}

function reaches(services: Referring['services'], from: string, to: string, seen: Set<string>): boolean {
  const service = services[from];
  if (service === undefined || seen.has(from)) return false;
  seen.add(from);
  const next = dependenciesOf(service);
  return next.includes(to) || next.some((one) => reaches(services, one, to, seen));
}

function checkVolumes({ services, volumes }: Referring, folder: string): string[] {
  const used = Object.entries(services).flatMap(([name, service]) =>
    service.volumes.flatMap((volume) =>
      typeof volume === 'string' ? [{ name, source: volume.split(':', 1)[0] ?? '' }] : [],
    ),
  );
  const problems = used.flatMap(({ name, source }) => {
    if (/^[./~]/.test(source))
      return existsSync(join(folder, source)) ? [] : [`${name} mounts ${source}, which does not exist`];
    return source in volumes ? [] : [`${name} mounts the volume ${source}, which is not defined`];
  });
  const unused = Object.keys(volumes).filter((volume) => !used.some(({ source }) => source === volume));
  return [...problems, ...unused.map((volume) => `no service mounts the volume ${volume}`)];
}

function checkPorts({ services }: Referring): string[] {
  const owners = new Map<string, string>();
  return Object.entries(services).flatMap(([name, { ports }]) =>
    ports.flatMap((port) => {
      const published = typeof port === 'string' ? port.slice(0, port.lastIndexOf(':')) : '';
      const owner = owners.get(published);
      owners.set(published, name);
      return owner === undefined || published === ''
        ? []
        : [`${owner} and ${name} both publish ${published}`];
    }),
  );
}
