/** What a change says of itself. Who asks is told by the token. */
export interface Why {
  /** The person at the keyboard: kept beside the token's name, as a claim. */
  by: string;
  reason: string;
}

/** The same, as the control plane takes it. */
export function claimOf<Body extends Why>({ by, ...body }: Body): Omit<Body, 'by'> & { onBehalfOf: string } {
  return { ...body, onBehalfOf: by };
}
