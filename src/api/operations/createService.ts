import { createService } from '../../commands/createService.ts';
import { createWithKey } from '../../commands/createWithKey.ts';
import { fingerprintInput } from '../../commands/fingerprintInput.ts';
import { loadState } from '../../commands/loadState.ts';
import { requestBuild } from '../../commands/requestBuild.ts';
import { sealEnvironment } from '../../commands/sealEnvironment.ts';
import { notFound } from '../../domain/errors.ts';
import { streamName } from '../../domain/events.ts';
import { isId } from '../../domain/ids.ts';
import { planFamilyOf, service } from '../../domain/service.ts';
import { nowIso } from '../../ports/clock.ts';
import { commandContext } from '../context.ts';
import type { MutationResolvers } from '../graphql/generated/resolverTypes.ts';
import { readService } from './changeService.ts';
import { requireScope } from './requireScope.ts';
import { buildInTime } from './waitForBuild.ts';

/** Making services, and builds of them. */
export const createServiceMutations = {
  createService: async (_root, { input }, request) => {
    const viewer = requireScope(request, 'services:write');
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
        const events = createService(service.initialState, command, request.services);
        return { resultId: serviceId, stream: streamName('service', serviceId), events };
      },
    });
    const built = await buildInTime(request, resultId, null, position);
    const made = await readService(request, workspaceId, resultId, built.position);
    return { service: made, ...built };
  },

  createBuild: async (_root, { input }, request) => {
    const viewer = requireScope(request, 'services:write');
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
    const changed = await readService(request, workspaceId, serviceId, built.position);
    return { service: changed, ...built };
  },
} satisfies MutationResolvers;
