// Stands in for the post-quantum recipients of the library, which our envelopes do not use: half of the bundle's weight.
export const MLKEM768P256 = null;
export const MLKEM768X25519 = null;
