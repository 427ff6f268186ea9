import type { EventType } from './events.ts';

/** Brings an event's data from one schema version to the next. */
export type Upcaster = (data: unknown) => unknown;

/** By event type, the steps from version 1 to 2, from 2 to 3, and so on. A type that is not here is at version 1. */
export type Upcasters = Readonly<Partial<Record<EventType, readonly Upcaster[]>>>;

/** Fields are never renamed or removed; when one is added that readers need, the step that supplies it goes here. */
export const upcasters: Upcasters = {};

/** The version that new events of `type` are written with. */
export function presentVersion(type: EventType, steps: Upcasters = upcasters): number {
  return 1 + (steps[type]?.length ?? 0);
}

/** `data` of `type`, stored at `version`, at the present version. */
export function upcast(
  type: EventType,
  version: number,
  data: unknown,
  steps: Upcasters = upcasters,
): unknown {
  return (steps[type] ?? []).slice(version - 1).reduce((older, step) => step(older), data);
}
