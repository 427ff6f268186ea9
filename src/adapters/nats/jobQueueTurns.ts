/** Looks for work, one at a time, each for somebody who may leave before it is over. */
export type JobQueueTurns<Looked> = Readonly<{
  /** What `look` answers; undefined as soon as `ended` aborts. It may go on then: what it finds is given back. */
  take(look: () => Promise<Looked>, ended: AbortSignal): Promise<Looked | undefined>;
  /** Answers when nothing goes on. Never throws. */
  over(): Promise<void>;
}>;

/** `giveBack` is called with what was found for somebody who had left. */
export function createJobQueueTurns<Looked>(
  giveBack: (looked: Looked) => Promise<void> | undefined,
): JobQueueTurns<Looked> {
  const leftovers = new Set<Promise<void>>();
  let lastTurn: Promise<unknown> = Promise.resolve();

  /** The next look then knows what this one took. */
  function inTurn(look: () => Promise<Looked>): Promise<Looked> {
    const turn = lastTurn.then(look);
    lastTurn = turn.catch(() => undefined);
    return turn;
  }

  function leave(looking: Promise<Looked>): void {
    const leftover = looking
      .then(giveBack)
      // Then the queue itself hands it out again, after its wait for acknowledgments.
      .catch(() => undefined)
      .finally(() => leftovers.delete(leftover));
    leftovers.add(leftover);
  }

  return {
    take: async (look, ended) => {
      const { promise: end, resolve } = Promise.withResolvers<undefined>();
      const abort = (): void => resolve(undefined);
      ended.addEventListener('abort', abort);
      if (ended.aborted) abort();
      const looking = inTurn(look);
      const looked = await Promise.race([looking, end]).finally(() =>
        ended.removeEventListener('abort', abort),
      );
      if (looked === undefined) leave(looking);
      return looked;
    },
    over: async () => {
      await Promise.all(leftovers);
    },
  };
}
