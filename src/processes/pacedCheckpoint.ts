import type { Position } from '../domain/events.ts';

export type PacedCheckpoint = Readonly<{
  /** Saves it a moment later, with those that come meanwhile. Throws what kept an earlier one from being saved. */
  reached(position: Position): void;
  /** Saves the last one now. Throws what `save` throws. */
  flush(): Promise<void>;
}>;

/** What a crash makes a process see again it has done already, so a checkpoint need not be saved at once. */
const delayMs = 200;

/** One save at a time, so that an older checkpoint never comes after a newer one. */
export function pacedCheckpoint(save: (position: Position) => Promise<void>): PacedCheckpoint {
  let unsaved: Position | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failure: Readonly<{ cause: unknown }> | undefined;
  let saving: Promise<void> = Promise.resolve();

  async function saveNext(): Promise<void> {
    const position = unsaved;
    unsaved = undefined;
    if (position !== undefined) await save(position);
  }

  function saveInTime(): void {
    timer = undefined;
    saving = saving.then(saveNext).catch((cause: unknown) => {
      failure = { cause };
    });
  }

  return {
    reached: (position) => {
      if (failure) throw failure.cause;
      unsaved = position;
      timer ??= setTimeout(saveInTime, delayMs);
    },
    flush: async () => {
      clearTimeout(timer);
      const flushed = saving.then(saveNext);
      saving = flushed.catch(() => undefined);
      await flushed;
    },
  };
}
