/** A request as it is written on a connection. */
export interface HttpRequest {
  method: string;
  /** Path and query. */
  target: string;
  /** The host that the client named; undefined for the upstream's own. */
  host: string | undefined;
  /** Names and values in turn, without those of framing and of the connection. */
  headers: readonly string[];
  body: Buffer | StreamedBody | null;
  /** Milliseconds between two pieces of its answer's body; undefined for the connection's own limit. */
  idle?: number | undefined;
  /** What follows a body that was read whole; names and values in turn. */
  trailers?: readonly string[] | undefined;
}

/** A body that is sent as it comes, and only once. */
export interface StreamedBody {
  /** Bytes; -1 where the sender did not say. */
  readonly length: number;
  /** Its sender waits for a sign of the upstream: the head goes ahead. Otherwise it goes with the first piece. */
  readonly awaitsSign: boolean;
  /** Begins to hand over pieces, one after the other. */
  start(sink: BodySink): void;
  /** The last piece has been written: the next one may come. */
  resume(): void;
  /** Nothing of it is wanted any more. */
  stop(): void;
}

/** Takes a streamed body. After each piece the body waits for `resume`. */
export interface BodySink {
  piece(piece: Buffer): void;
  /** @param trailers names and values in turn */
  end(trailers: readonly string[]): void;
}

export function isStreamed(body: HttpRequest['body']): body is StreamedBody {
  return body !== null && !Buffer.isBuffer(body);
}

/** Why no answer came, or no whole one. */
export interface CallFailure {
  /**
   * `unreachable`: no connection; `broken`: it ended early; `late`: the answer's body stopped for too long; `unfit`: what
   * came is no HTTP that can be passed on.
   */
  kind: 'unreachable' | 'broken' | 'late' | 'unfit';
  /** The upstream may have seen the request, and acted on it. */
  sent: boolean;
  cause: Error;
}

/** Takes the answer to one request. Exactly one of `end` and `failed` is called last, unless the call is aborted. */
export interface AnswerHandler {
  /** All of a streamed body is on its way. */
  bodySent(): void;
  /** An interim answer, 100 or 102 to 199. @param headers names and values in turn, as in `head` */
  informed(status: number, headers: string[]): void;
  /** @param phrase any bytes but line ends, as Latin-1 */
  head(status: number, headers: string[], phrase: string): void;
  /**
   * @param piece its bytes are overwritten after the call: what is to be kept must be copied
   * @returns false to pause until the call is resumed
   */
  data(piece: Buffer): boolean;
  /** @param trailers names and values in turn */
  end(trailers: string[]): void;
  failed(failure: CallFailure): void;
}

/** A request under way. */
export interface Call {
  /** The upstream may have seen the request, and acted on it. */
  readonly begun: boolean;
  /** Goes on after `data` has paused it. */
  resume(): void;
  /** Ends it and its connection; nothing more is called on the handler. */
  abort(): void;
}
