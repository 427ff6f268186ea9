import { accountEventSchemas } from '../domain/accountEvents.ts';
import type { DomainEvent, EventType, RecordedEvent } from '../domain/events.ts';
import { jobEventSchemas } from '../domain/jobEvents.ts';
import { serviceEventSchemas } from '../domain/serviceEvents.ts';
import type { Change } from '../ports/readModelStore.ts';
import { auditTable } from '../ports/readModelTables.ts';
import { type Projection, put } from './projection.ts';

/**
 * Who did what: a row for each event. The claims of idempotency keys are left out: what they led to has rows of its own. A
 * row is keyed by its event's position and depends on nothing else, so putting it again changes nothing.
 */
export const auditProjection: Projection = {
  name: 'audit',
  version: 1,
  tables: [auditTable],
  handles: Object.keys({
    ...accountEventSchemas,
    ...serviceEventSchemas,
    ...jobEventSchemas,
  }) as readonly EventType[],
  project: projectAudit,
};

function projectAudit(event: RecordedEvent<DomainEvent>): readonly Change[] {
  const { actor, workspaceId, correlationId } = event.metadata;
  const dash = event.stream.indexOf('-');
  return [
    put(auditTable, {
      position: event.position,
      workspace_id: workspaceId,
      category: event.stream.slice(0, dash),
      subject_id: event.stream.slice(dash + 1),
      revision: event.revision,
      type: event.type,
      at_ms: Date.parse(event.recordedAt),
      token_id: actor.kind === 'token' ? actor.tokenId : null,
      process_name: actor.kind === 'process' ? actor.name : null,
      event_id: event.id,
      correlation_id: correlationId,
    }),
  ];
}
