/** Which releases are accepted. */
export interface TrustOptions {
  /** The id that the release must have. */
  id?: string;
  /** Accept a release of ours that carries no passed audit. */
  unaudited?: boolean;
  /** Accept only a release that is signed by one of these keys: `RW…`, or `NAME=RW…` with the caller's own name for the key. */
  trust?: string | readonly string[];
  /** Ends the opening. */
  signal?: AbortSignal;
}
