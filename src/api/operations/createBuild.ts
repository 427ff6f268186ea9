import { z } from 'zod';
import { createWithKey } from '../../commands/createWithKey.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { loadState } from '../../commands/loadState.ts';
import { requestBuild } from '../../commands/requestBuild.ts';
import { notFound } from '../../domain/errors.ts';
import { streamName } from '../../domain/events.ts';
import { isId } from '../../domain/ids.ts';
import { service } from '../../domain/service.ts';
import { nowIso } from '../../ports/clock.ts';
import { commandContext, type RequestContext } from '../context.ts';
import type { BuiltService } from './createService.ts';
import { readService } from './readService.ts';
import { requireActive } from './requireActive.ts';
import { requireCreating } from './requireCreating.ts';
import { buildInTime } from './waitForBuild.ts';

export const createBuildInput = z.strictObject({
  serviceId: z.string(),
  image: z.string(),
  idempotencyKey: z.string().nullish(),
});
export type CreateBuildInput = z.output<typeof createBuildInput>;

/**
 * Requests another build of a service, and returns when it has a result or `buildWaitMs` are over. Scope `services:write`. Throws
 * `DomainError` with the codes of the command `requestBuild` and of `createWithKey`.
 */
export async function createBuild(request: RequestContext, input: CreateBuildInput): Promise<BuiltService> {
  const viewer = requireCreating(request, 'services:write');
  const { commands, secrets } = request.services;
  const { workspaceId } = viewer;
  const { idempotencyKey, ...wanted } = input;
  const { serviceId, image } = wanted;
  if (!isId(serviceId, 'srv', 'crn')) throw notFound('service', serviceId);
  const stream = streamName('service', serviceId);
  const { resultId, position } = await createWithKey(commands, {
    context: commandContext(request, viewer),
    operation: 'createBuild',
    key: idempotencyKey ?? null,
    inputHashes: fingerprintInput(secrets, wanted),
    create: async () => {
      const { state } = await loadState(commands, service, stream);
      const buildId = commands.ids.id('bld');
      const at = nowIso(commands.clock);
      const command = { serviceId, workspaceId, buildId, reference: image, engine: null, at };
      return { resultId: buildId, stream, events: requestBuild(state, command) };
    },
  });
  const built = await buildInTime(request, serviceId, resultId, position);
  requireActive(request);
  return { service: await readService(request, workspaceId, serviceId, built.position), ...built };
}
