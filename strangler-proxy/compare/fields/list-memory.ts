/** What is remembered of the lists at one place, to find what tells their elements apart. */
export class ListMemory {
  /** Lists that were looked at. */
  looks = 0;
  /** By the name of a field that could be the identity: how much of the elements it has found again. */
  readonly candidates = new Map<string, { lists: number; matched: number }>();
  /** Names that were not in all elements, or not different in all of them. */
  readonly unfit = new Set<string>();
  identity: readonly string[] | undefined;
}
