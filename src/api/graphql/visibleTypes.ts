import { eventSchemas } from '../../domain/events.ts';
import { allows } from '../../domain/token.ts';
import type { RequestContext } from '../context.ts';
import { requireScope, requireViewer } from '../operations/requireScope.ts';
import type { VisibleEvent } from './models.ts';

/** What happened to tokens tells their names, scopes and ends, which only admins may see. */
const ofTokens: readonly VisibleEvent['type'][] = ['TokenCreated', 'TokenRevoked'];

const forAll = (Object.keys(eventSchemas) as (keyof typeof eventSchemas)[])
  .filter((type) => type !== 'IdempotencyKeyClaimed')
  .filter((type) => !ofTokens.includes(type));

/**
 * The types of events that the viewer is shown: those that were asked for, or all that they may see. Undefined stands for all there are.
 * Throws `FORBIDDEN` for a type that was asked for by name and needs the scope `admin`.
 */
export function visibleTypes(
  request: RequestContext,
  wanted: readonly VisibleEvent['type'][] | null | undefined,
): readonly VisibleEvent['type'][] | undefined {
  const { scopes } = requireViewer(request);
  if (wanted?.some((type) => ofTokens.includes(type))) requireScope(request, 'admin');
  if (wanted !== null && wanted !== undefined) return wanted;
  return allows(scopes, 'admin') ? undefined : forAll;
}
