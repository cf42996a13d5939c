/**
 * Checks that an Unleash server of somebody else's can be used with the given token.
 * @throws with what to set
 */
export async function checkUnleash(url: string, adminToken: string): Promise<void> {
  const response = await fetch(new URL('api/admin/projects', withSlash(url)), {
    headers: { authorization: adminToken },
    signal: AbortSignal.timeout(10_000),
  }).catch((cause: unknown) => {
    throw new Error(`Nothing answers at UNLEASH_URL ${url}: is Unleash running there?`, { cause });
  });
  await response.body?.cancel();
  if (response.ok) return;
  throw new Error(
    `Unleash at ${url} answers ${response.status} to UNLEASH_ADMIN_TOKEN: make an admin token there and set it`,
  );
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
