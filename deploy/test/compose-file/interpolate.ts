/** Variables of a compose file, as `.env` holds them. */
export type Variables = Readonly<Record<string, string>>;

const variable = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?])([^}]*))?\})/g;

/**
 * Puts variables into a text as docker compose does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`; `$$` is `$`.
 * @throws when a variable is not set and has no default: docker compose would go on with an empty text
 */
export function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(
    variable,
    (_whole, dollar?: string, plain?: string, braced?: string, rule = '', rest = '') => {
      if (dollar) return '$';
      const name = plain ?? braced ?? '';
      const value = variables[name];
      if (value !== undefined && (value !== '' || !rule.startsWith(':'))) return value;
      if (rule.endsWith('-')) return rest;
      throw new Error(`the variable ${name} is not set`);
    },
  );
}

/** The same for all texts in a value that was read from YAML. */
export function interpolateAll(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolateAll(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolateAll(item, variables)]),
  );
}
