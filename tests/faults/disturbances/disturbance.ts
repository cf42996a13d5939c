/** Something that was done to a process, and the time in which it was felt: milliseconds of one steady clock. */
export interface Disturbance {
  kind: 'kill' | 'pause';
  process: string;
  from: number;
  /** When the process was ready again. */
  until: number;
}
