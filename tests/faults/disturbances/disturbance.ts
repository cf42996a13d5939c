/** Something that was done to a process, or to a stream, and the time in which it was felt: milliseconds of one steady clock. */
export interface Disturbance {
  kind: 'kill' | 'pause' | 'loss';
  process: string;
  from: number;
  /** When the process was ready again. */
  until: number;
}
