/** Keeps secret values unreadable at rest. It has one key to seal with, and others, earlier or later ones, to open what they sealed. */
export type SecretBox = Readonly<{
  /** Seals `plaintext`; two seals of the same text differ. `context` (such as the variable's key) must be given again to open it. */
  seal(plaintext: string, context: string): string;
  /** Throws `SecretBoxError` for a text that a key which is not here, or another context, sealed. */
  open(sealed: string, context: string): string;
  /** Whether `seal` would use the same key and form now. What is not current needs its own key for as long as it is kept. */
  isCurrent(sealed: string): boolean;
  /**
   * A keyed hash under each key, in hex, that of the sealing key first: equal for equal texts, and of no use to one who has no key. Two
   * boxes that have a key in common have a hash in common for the same text.
   */
  fingerprints(text: string): Fingerprints;
}>;

export type Fingerprints = readonly [newest: string, ...others: string[]];

export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError';
}
