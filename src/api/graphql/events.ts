import { isId } from '../../domain/ids.ts';
import type { AuditFilter } from '../../ports/readModels.ts';
import { pageRequest, toConnection } from '../operations/pagination.ts';
import { requireScope } from '../operations/requireScope.ts';
import { auditedEvent, visibleData } from './eventModel.ts';
import type { AuditFilter as AuditFilterInput, Resolvers } from './generated/resolverTypes.ts';
import { timeRange } from './jobFilter.ts';
import { visibleTypes } from './visibleTypes.ts';

/** The audit trail: events and who caused them. */
export const events = {
  Query: {
    auditLog: (_root, { filter, ...input }, request) => {
      const { workspaceId } = requireScope(request, 'read');
      const { models, commands } = request.services;
      const page = pageRequest(input);
      // An id that no token can have matches nothing, as one of another workspace does.
      if (filter?.tokenId && !isId(filter.tokenId, 'tok')) return toConnection(emptyPage, page);
      const types = visibleTypes(request, filter?.types);
      const { items, hasMore } = models.auditLog(workspaceId, { ...auditFilter(filter), types }, page);
      const shown = items.map(({ cursor, item }) => ({
        cursor,
        item: auditedEvent(commands.eventStore, item),
      }));
      return toConnection({ items: shown, hasMore }, page);
    },
  },
  Event: {
    causationId: async ({ load }) => (await load()).metadata.causationId,
    data: async ({ load }) => visibleData((await load()).data),
  },
  Actor: {
    tokenId: (actor) => (actor.kind === 'token' ? actor.tokenId : null),
    name: (actor, _input, { services }) =>
      actor.kind === 'token' ? (services.models.token(actor.tokenId)?.name ?? actor.tokenId) : actor.name,
  },
} satisfies Resolvers;

const emptyPage = { items: [], hasMore: false };

function auditFilter(filter: AuditFilterInput | null | undefined): Omit<AuditFilter, 'types'> {
  const tokenId = filter?.tokenId;
  return {
    subjectId: filter?.subjectId ?? undefined,
    tokenId: isId(tokenId, 'tok') ? tokenId : undefined,
    at: timeRange(filter?.at),
  };
}
