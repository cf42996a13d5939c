/**
 * Puts environment variables into a text: `${NAME}` and `${NAME:-default}`.
 * A variable that is empty counts as not set, as in a shell.
 * @returns the text, or the names that are neither set nor have a default
 */
export function substituteEnvironment(
  text: string,
  environment: Record<string, string | undefined>,
): { text: string; missing: string[] } {
  const missing: string[] = [];
  const replaced = text.replaceAll(
    /\$\{(\w+)(?::-([^}]*))?\}/g,
    (_whole, name: string, fallback?: string) => {
      const value = environment[name] || fallback;
      if (value === undefined) missing.push(name);
      return value ?? '';
    },
  );
  return { text: replaced, missing };
}
