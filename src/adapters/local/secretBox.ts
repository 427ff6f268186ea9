import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { type Fingerprints, type SecretBox, SecretBoxError } from '../../ports/secretBox.ts';

export const secretKeyBytes = 32;
const keyIdBytes = 6;
const nonceBytes = 12;
const tagBytes = 16;

/** What is made of one secret key: one key for each purpose, and the name that sealed texts give it. */
type DerivedKey = Readonly<{ id: string; sealing: KeyObject; fingerprinting: KeyObject }>;

/** A sealed text, taken apart. Those of `v1` do not say which key sealed them. */
type Sealed = Readonly<{ keyId: string | null; nonce: Uint8Array; tag: Uint8Array; ciphertext: Uint8Array }>;

/**
 * Seals with AES-256-GCM under `key`, of 32 bytes; the context is authenticated with the text. A sealed text is `v2.`, the id of its key,
 * `.` and the base64url of nonce, tag and ciphertext. Before there were several keys it was `v1.` and the last part, which opens for ever.
 * Nonces are random: 96 bits are enough for four thousand million texts under one key (NIST SP 800-38D, 8.3). What `otherKeys` sealed is
 * opened too. Throws a `RangeError` for a key of another length.
 */
export function createSecretBox(key: Uint8Array, otherKeys: readonly Uint8Array[] = []): SecretBox {
  const newest = deriveKey(key);
  const others = otherKeys.map(deriveKey).filter(({ id }) => id !== newest.id);
  const keys = [newest, ...others];
  const prefix = `v2.${newest.id}.`;
  return {
    seal: (plaintext, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', newest.sealing, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return prefix + Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url');
    },
    open: (text, context) => {
      const sealed = takeApart(text);
      const { keyId } = sealed;
      const fitting = keyId === null ? keys : keys.filter(({ id }) => id === keyId);
      if (fitting.length > 0) return unsealWithAny(sealed, context, fitting);
      throw new SecretBoxError(
        `The text was sealed with the key ${keyId}, which is not here; here are ${idsOf(keys)}`,
      );
    },
    isCurrent: (sealed) => sealed.startsWith(prefix),
    fingerprints: (text): Fingerprints => [
      fingerprint(text, newest),
      ...others.map((other) => fingerprint(text, other)),
    ],
  };
}

function deriveKey(key: Uint8Array): DerivedKey {
  if (key.length !== secretKeyBytes) {
    throw new RangeError(`A secret key has ${secretKeyBytes} bytes, not ${key.length}`);
  }
  const derive = (purpose: string, bytes = secretKeyBytes) =>
    Buffer.from(hkdfSync('sha256', key, '', purpose, bytes));
  return {
    id: derive('oneoff: key id', keyIdBytes).toString('base64url'),
    // As key objects: made of bytes for each call, the fingerprint's would cost six times the hash.
    sealing: createSecretKey(derive('oneoff: seal')),
    fingerprinting: createSecretKey(derive('oneoff: fingerprint')),
  };
}

function takeApart(text: string): Sealed {
  const parts = /^v(?:1|2\.(?<keyId>[\w-]{8}))\.(?<body>[\w-]+)$/.exec(text)?.groups;
  const bytes = Buffer.from(parts?.body ?? '', 'base64url');
  if (bytes.length < nonceBytes + tagBytes) throw new SecretBoxError('This is not a sealed text');
  return {
    keyId: parts?.keyId ?? null,
    nonce: bytes.subarray(0, nonceBytes),
    tag: bytes.subarray(nonceBytes, nonceBytes + tagBytes),
    ciphertext: bytes.subarray(nonceBytes + tagBytes),
  };
}

function unsealWithAny(sealed: Sealed, context: string, keys: readonly DerivedKey[]): string {
  let cause: unknown;
  for (const { sealing } of keys) {
    try {
      return unseal(sealed, context, sealing);
    } catch (error) {
      cause = error;
    }
  }
  const reason = sealed.keyId === null ? `with another key than ${idsOf(keys)}, for` : 'for';
  throw new SecretBoxError(`The text was sealed ${reason} another use, or was changed`, { cause });
}

function unseal({ nonce, tag, ciphertext }: Sealed, context: string, key: KeyObject): string {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
}

function fingerprint(text: string, { fingerprinting }: DerivedKey): string {
  return createHmac('sha256', fingerprinting).update(text).digest('hex');
}

function idsOf(keys: readonly DerivedKey[]): string {
  return keys.map(({ id }) => id).join(', ');
}
