import type { Actor } from '../../domain/actor.ts';
import type { DomainEvent, IdempotencyEvent, Position, RecordedEvent } from '../../domain/events.ts';
import type { EngineKind } from '../../domain/image.ts';
import type { Attempt } from '../../domain/job.ts';
import type { Outcome } from '../../domain/jobEvents.ts';
import type { NanoDollars } from '../../domain/money.ts';
import type { Price } from '../../domain/plan.ts';
import type { InvoiceRow, UsageRow } from '../../ports/readModels.ts';
import type { RunnerStatus } from '../../ports/runnerDirectory.ts';

// What the resolvers of one type hand to those of its fields, where it is not a type of the domain or of the read models itself.

export type AttemptModel = Attempt & Readonly<{ price: Price }>;

/** How a job or an attempt ended, and what it ran on. */
export type OutcomeModel = Outcome & Readonly<{ engine: EngineKind }>;

/** An event that users may see; claims of idempotency keys are not for them. */
export type VisibleEvent = Exclude<DomainEvent, IdempotencyEvent>;

/** An event of the audit trail, which has no data until `load` reads it, or one at hand. */
export type EventModel = Readonly<{
  id: string;
  type: VisibleEvent['type'];
  at: string;
  actor: Actor;
  subjectId: string;
  revision: number;
  position: Position;
  correlationId: string;
  load: () => Promise<RecordedEvent>;
}>;

export type EngineModel = RunnerStatus['engines'][number];

export type UsageTotalModel = Omit<UsageRow, 'key'>;

export type InvoiceModel = Readonly<{
  month: string;
  status: 'OPEN' | 'CLOSED';
  lines: readonly InvoiceRow[];
  total: UsageTotalModel;
  runningCost: NanoDollars;
}>;
