import type { Position } from '../domain/events.ts';

/** How far each process has got. An older checkpoint than the true one does no harm: handlers repeat safely. */
export type CheckpointStore = Readonly<{
  /** `startPosition` for a process that has none. Throws `CheckpointStoreUnavailableError`. */
  load(name: string): Promise<Position>;
  /** Throws `CheckpointStoreUnavailableError`. */
  save(name: string, position: Position): Promise<void>;
  close(): Promise<void>;
}>;

/** Checkpoints cannot be read or written now. */
export class CheckpointStoreUnavailableError extends Error {
  override readonly name = 'CheckpointStoreUnavailableError';
}
