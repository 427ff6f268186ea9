import { z } from 'zod';
import { accountEventSchemas } from './accountEvents.ts';
import type { Actor } from './actor.ts';
import { actorSchema } from './actor.ts';
import { idempotencyEventSchemas } from './idempotencyEvents.ts';
import type { Immutable } from './immutable.ts';
import { jobEventSchemas } from './jobEvents.ts';
import { workspaceId } from './schemas.ts';
import { serviceEventSchemas } from './serviceEvents.ts';

type EventOf<Schemas extends Record<string, z.ZodType>> = {
  readonly [Type in keyof Schemas & string]: {
    readonly type: Type;
    readonly data: Immutable<z.infer<Schemas[Type]>>;
  };
}[keyof Schemas & string];

export type AccountEvent = EventOf<typeof accountEventSchemas>;
export type ServiceEvent = EventOf<typeof serviceEventSchemas>;
export type JobEvent = EventOf<typeof jobEventSchemas>;
export type IdempotencyEvent = EventOf<typeof idempotencyEventSchemas>;
export type DomainEvent = AccountEvent | ServiceEvent | JobEvent | IdempotencyEvent;
export type EventType = DomainEvent['type'];

/** Every event's data, by type, at its present schema version. docs/reference/events.md describes each. */
export const eventSchemas: Readonly<Record<EventType, z.ZodType>> = {
  ...accountEventSchemas,
  ...serviceEventSchemas,
  ...jobEventSchemas,
  ...idempotencyEventSchemas,
};

/** Stored beside each event's data. `workspaceId` is the tenant that may see it. */
export const eventMetadataSchema = z.object({
  workspaceId,
  actor: actorSchema,
  correlationId: z.string(),
  causationId: z.string().nullable(),
  schemaVersion: z.int().positive(),
  traceparent: z.string().nullable(),
});
export type EventMetadata = Readonly<z.infer<typeof eventMetadataSchema>> & { readonly actor: Actor };

export const streamCategories = ['workspace', 'token', 'service', 'job', 'idempotency'] as const;
export type StreamCategory = (typeof streamCategories)[number];
export type StreamName = `${StreamCategory}-${string}`;

/** `streamName('job', 'job-c3rf…')` → `job-job-c3rf…`. */
export function streamName(category: StreamCategory, id: string): StreamName {
  return `${category}-${id}`;
}

/** `job-job-c3rf…` → `job`. */
export function categoryOf(stream: StreamName): StreamCategory {
  return stream.slice(0, stream.indexOf('-')) as StreamCategory;
}

/** Whether `event` is of a `job-…` stream. */
export function isJobEvent<Event extends DomainEvent>(event: Event): event is Extract<Event, JobEvent> {
  return Object.hasOwn(jobEventSchemas, event.type);
}

/** Whether `event` is of a `service-…` stream. */
export function isServiceEvent<Event extends DomainEvent>(
  event: Event,
): event is Extract<Event, ServiceEvent> {
  return Object.hasOwn(serviceEventSchemas, event.type);
}

/** A place in the event log: opaque to clients, ordered as text, fixed in width. */
export type Position = string & { readonly brand: 'Position' };

/** Before the first event. */
export const startPosition = '' as Position;

/** An event as the log holds it, with its data still to be parsed. */
export type StoredEvent = Readonly<{
  /** UUID. */
  id: string;
  type: string;
  data: unknown;
  metadata: unknown;
  stream: StreamName;
  /** Place in its stream, from 0. */
  revision: number;
  position: Position;
  /** When it was first recorded: a copy of a history keeps the instants of the original. */
  recordedAt: string;
}>;

type Recorded<Event> = Event extends DomainEvent
  ? Event & Readonly<Omit<StoredEvent, 'type' | 'data' | 'metadata'>> & { readonly metadata: EventMetadata }
  : never;
/** An event read back from the log: parsed, and upcast to its present schema version. */
export type RecordedEvent<Event extends DomainEvent = DomainEvent> = Recorded<Event>;
