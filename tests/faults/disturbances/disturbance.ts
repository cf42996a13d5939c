/** Something that was done to a process, or to a stream, and the time in which it was felt: milliseconds of one steady clock. */
export interface Disturbance {
  kind: 'kill' | 'pause' | 'loss';
  process: string;
  from: number;
  /** When it was certain to be struck: what began before may have been under way in it. While it is paused, everything may. */
  struck: number;
  /** When the process was ready again. */
  until: number;
}
