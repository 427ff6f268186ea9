import { requireScope } from '../operations/requireScope.ts';
import type { Resolvers } from './generated/resolverTypes.ts';

/** The state of the installation. */
export const system = {
  Query: {
    system: async (_root, _input, request) => {
      requireScope(request, 'admin');
      const { commands, changes, runners, version } = request.services;
      const logPosition = await commands.eventStore.lastPosition();
      const position = changes.position();
      return {
        version,
        position,
        logPosition,
        upToDate: position >= logPosition,
        runners: await runners.list(),
      };
    },
  },
  Runner: { id: ({ runnerId }) => runnerId },
  Engine: {
    isolation: ({ kind }) => kind,
    clockOffsetMs: ({ clockOffsetMs }) => clockOffsetMs ?? null,
  },
} satisfies Resolvers;
