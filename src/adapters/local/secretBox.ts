import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { type SecretBox, SecretBoxError } from '../../ports/secretBox.ts';

export const secretKeyBytes = 32;
const prefix = 'v1.';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals with AES-256-GCM under a key of 32 bytes; the context is authenticated with the text. A sealed text is `v1.` and the base64url of
 * nonce, tag and ciphertext. Nonces are random: 96 bits are enough for four thousand million texts under one key (NIST SP 800-38D, 8.3).
 * Throws a `RangeError` for a key of another length.
 */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.length !== secretKeyBytes) {
    throw new RangeError(`A secret key has ${secretKeyBytes} bytes, not ${key.length}`);
  }
  // One key for one purpose.
  const sealingKey = derive(key, 'oneoff: seal');
  // As a key object: made of bytes for each call, it would cost six times the hash.
  const fingerprintKey = createSecretKey(derive(key, 'oneoff: fingerprint'));

  return {
    seal: (plaintext, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return prefix + Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url');
    },
    open: (sealed, context) => {
      const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
      if (!sealed.startsWith(prefix) || bytes.length < nonceBytes + tagBytes) {
        throw new SecretBoxError('This is not a sealed text');
      }
      try {
        return unseal(bytes, context, sealingKey);
      } catch (error) {
        throw new SecretBoxError('The text was sealed with another key, for another use, or was changed', {
          cause: error,
        });
      }
    },
    fingerprint: (text) => createHmac('sha256', fingerprintKey).update(text).digest('hex'),
  };
}

function unseal(bytes: Uint8Array, context: string, key: Uint8Array): string {
  const nonce = bytes.subarray(0, nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const opened = [decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()];
  return Buffer.concat(opened).toString('utf8');
}

function derive(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', purpose, 32));
}
