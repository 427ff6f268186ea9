/** Keeps secret values unreadable at rest. */
export type SecretBox = Readonly<{
  /** Seals `plaintext`; two seals of the same text differ. `context` (such as the variable's key) must be given again to open it. */
  seal(plaintext: string, context: string): string;
  /** Throws `SecretBoxError` for a text that another key or another context sealed. */
  open(sealed: string, context: string): string;
  /** A keyed hash, in hex: equal for equal texts, and of no use to one who has no key. */
  fingerprint(text: string): string;
}>;

export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError';
}
