import type { Position } from '../domain/events.ts';

/** How far each process has got. An older checkpoint than the true one does no harm: handlers repeat safely. */
export type CheckpointStore = Readonly<{
  /** `startPosition` for a process that has none. */
  load(name: string): Position;
  save(name: string, position: Position): void;
  close(): void;
}>;
