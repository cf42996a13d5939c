/** An answer that is kept back until it is known what it says, and until others have been told. */
export interface KeptAnswer {
  rawHeaders: readonly Buffer[];
  statusText: string;
  pieces: Buffer[];
  /** Bytes of all pieces. */
  length: number;
  /** Lets the upstream go on after a pause. */
  resume: () => void;
}

export function keepAnswer(
  rawHeaders: readonly Buffer[],
  statusText: string,
  resume: () => void,
): KeptAnswer {
  return { rawHeaders, statusText, pieces: [], length: 0, resume };
}

/** The body as far as it has come. */
export function bodyOf({ pieces, length }: KeptAnswer): Buffer {
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, length);
}

/** After these, the write may have happened or may still: accepted for later, or lost between us and the program. */
export function leavesOutcomeOpen(status: number): boolean {
  return status === 202 || status === 502 || status === 504;
}
