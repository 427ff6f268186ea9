import { lookup } from 'node:dns/promises';
import type { ImageReference } from '../../domain/imageReference.ts';
import { hostOf, type ImageRules, judgeRegistry } from '../../domain/imageRules.ts';
import { isPublicAddress } from '../../domain/publicAddress.ts';
import { ImageUnavailableError } from '../../ports/containerEngine.ts';

/** A resolver that does not answer must not hold up builds. */
const lookupTimeoutMs = 10_000;

/**
 * Throws `ImageUnavailableError` unless the engine may be sent to the image's registry. The engine resolves the name once more by itself: a
 * name server that gives it another answer is not noticed here (docs/explanation/security.md).
 */
export async function checkRegistry(
  reference: string,
  { registry }: ImageReference,
  rules: ImageRules,
  signal: AbortSignal,
): Promise<void> {
  const verdict = judgeRegistry(registry, rules);
  if (verdict === 'allowed') return;
  if (verdict === 'refused') throw new ImageUnavailableError(reference, 'registryNotAllowed');
  const addresses = await addressesOf(reference, hostOf(registry), signal);
  if (addresses.every(({ address }) => isPublicAddress(address))) return;
  throw new ImageUnavailableError(reference, 'registryNotAllowed');
}

async function addressesOf(reference: string, host: string, signal: AbortSignal) {
  const late = AbortSignal.any([signal, AbortSignal.timeout(lookupTimeoutMs)]);
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(late.reason);
  late.addEventListener('abort', giveUp, { once: true });
  try {
    late.throwIfAborted();
    return await Promise.race([lookup(host, { all: true }), given.promise]);
  } catch (error) {
    signal.throwIfAborted();
    throw new ImageUnavailableError(reference, 'registryUnreachable', { cause: error });
  } finally {
    late.removeEventListener('abort', giveUp);
  }
}
