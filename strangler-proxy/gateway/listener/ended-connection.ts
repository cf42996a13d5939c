/** What the log says of a WebSocket, or of what could not be read as a request. */
export interface EndedConnection {
  status: number;
  client: string;
  /** Without its query; undefined where none could be read. */
  path?: string | undefined;
  /** How long it took; undefined for what was refused at once. */
  ms?: number | undefined;
  /** The limit that has refused it, as the configuration names it; undefined where none has. */
  setting?: string | undefined;
}
