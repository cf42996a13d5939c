/** What a program may see of the environment that the supervisor was started in: where things are, never what they hold. */
const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NO_COLOR',
];

/**
 * The environment of a supervised program: a few harmless variables of ours, and its own. Nothing else is inherited,
 * so no program gets another's password.
 */
export function programEnvironment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...own };
}
