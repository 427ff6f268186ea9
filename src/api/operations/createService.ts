import { z } from 'zod';
import { createService as decideService } from '../../commands/createService.ts';
import { createWithKey } from '../../commands/createWithKey.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { sealEnvironment } from '../../commands/sealEnvironment.ts';
import type { Position } from '../../domain/events.ts';
import { streamName } from '../../domain/events.ts';
import { type BuildState, planFamilyOf, service } from '../../domain/service.ts';
import { serviceTypes } from '../../domain/serviceEvents.ts';
import { nowIso } from '../../ports/clock.ts';
import { commandContext, type RequestContext } from '../context.ts';
import type { ServiceModel } from './loadService.ts';
import { readService } from './readService.ts';
import { requireActive } from './requireActive.ts';
import { requireCreating } from './requireCreating.ts';
import { variablesInput } from './variableInput.ts';
import { buildInTime } from './waitForBuild.ts';

/** What a service is created from. The commands check what the fields say. */
export const createServiceInput = z.strictObject({
  name: z.string(),
  type: z.enum(serviceTypes),
  planId: z.string(),
  image: z.string(),
  environment: variablesInput,
  idempotencyKey: z.string().nullish(),
});
export type CreateServiceInput = z.output<typeof createServiceInput>;

export type BuiltService = Readonly<{ service: ServiceModel; build: BuildState; position: Position }>;

/**
 * Creates a service, and returns when its first build has a result or `buildWaitMs` are over. Scope `services:write`. Throws `DomainError`
 * with the codes of the command `createService` and of `createWithKey`.
 */
export async function createService(
  request: RequestContext,
  input: CreateServiceInput,
): Promise<BuiltService> {
  const viewer = requireCreating(request, 'services:write');
  const { commands, secrets, limits } = request.services;
  const { workspaceId } = viewer;
  const { idempotencyKey, ...wanted } = input;
  const serviceId = commands.ids.id(planFamilyOf(wanted.type));
  const { resultId, position } = await createWithKey(commands, {
    context: commandContext(request, viewer),
    operation: 'createService',
    key: idempotencyKey ?? null,
    inputHashes: fingerprintInput(secrets, wanted),
    create: () => {
      const { name, type, planId, image } = wanted;
      const command = {
        serviceId,
        workspaceId,
        name,
        serviceType: type,
        planId,
        environment: sealEnvironment(secrets, wanted.environment, limits),
        buildId: commands.ids.id('bld'),
        reference: image,
        engine: null,
        at: nowIso(commands.clock),
      };
      const events = decideService(service.initialState, command, request.services);
      return { resultId: serviceId, stream: streamName('service', serviceId), events };
    },
  });
  const built = await buildInTime(request, resultId, null, position);
  requireActive(request);
  return { service: await readService(request, workspaceId, resultId, built.position), ...built };
}
