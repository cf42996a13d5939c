/** What the flag of a capability's ownership is said to be in Unleash. */
export function ownershipDescription(capability: string): string {
  return `Percent of ${capability}'s keys that the service owns: ownership follows it, bucket by bucket`;
}
