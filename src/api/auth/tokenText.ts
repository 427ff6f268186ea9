import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenId } from '../../domain/ids.ts';
import type { IdGenerator } from '../../ports/idGenerator.ts';

const secretBytes = 32;
/** `oneoff_`, the xid of the token's id, and 32 random bytes in base64url. The prefix lets secret scanners find leaked ones. */
const pattern = /^oneoff_([0-9a-v]{19}[0g])_([A-Za-z0-9_-]{43})$/;

export type NewToken = Readonly<{
  tokenId: TokenId;
  /** What the client keeps and sends. Shown once, stored nowhere. */
  text: string;
  secretHash: string;
}>;

/** A token with a secret of 256 random bits. Only its hash may be stored. */
export function newToken(ids: Pick<IdGenerator, 'id'>): NewToken {
  const tokenId = ids.id('tok');
  const secret = randomBytes(secretBytes).toString('base64url');
  return { tokenId, text: formatTokenText(tokenId, secret), secretHash: hashSecret(secret) };
}

/** The text that a client sends for the token with this id and this secret (43 characters of base64url). */
export function formatTokenText(tokenId: TokenId, secret: string): string {
  return `oneoff_${tokenId.slice('tok-'.length)}_${secret}`;
}

/** The two parts of a token's text, or null for a text that no `newToken` ever made. */
export function parseTokenText(text: string): Readonly<{ tokenId: TokenId; secret: string }> | null {
  const [, xid, secret] = pattern.exec(text) ?? [];
  return xid === undefined || secret === undefined ? null : { tokenId: `tok-${xid}`, secret };
}

/** SHA-256 in hex. A secret of 256 random bits needs no salt and no slow hash: there is nothing to guess. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret);
}

/** Whether `secret` has this hash, in a time that does not tell how much of it is right. */
export function secretMatches(secret: string, secretHash: string): boolean {
  const given = Buffer.from(hashSecret(secret), 'hex');
  const wanted = Buffer.from(secretHash, 'hex');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
