/** What graphql-ws hands to each of its hooks for one operation: the same object each time, unlike ids, which clients reuse. */
export type OperationKey = object;

/** The operations that one socket has asked for and that have not ended. */
export type SocketOperations = Readonly<{
  size(): number;
  /** Begins an operation and returns the signal that ends it. */
  begin(key: OperationKey, id: string): AbortSignal;
  /** Ends an operation, with `reason`, that has not ended after `seconds`. */
  endAfter(key: OperationKey, seconds: number, reason: Error): void;
  /**
   * Results that stop at once, and are given back to their source, when the operation ends. `check` is called before each is
   * handed on; what it throws ends them.
   */
  endingWith<Result>(
    key: OperationKey,
    results: AsyncIterable<Result>,
    check: () => void,
  ): AsyncGenerator<Result, void, void>;
  end(key: OperationKey): void;
  /** Ends what the client calls `id`, even if it is still being set up. */
  endById(id: string): void;
  endAll(): void;
  /** Ends all; their results end by throwing `failure`. */
  failAll(failure: Error): void;
}>;

type Operation = Readonly<{ id: string; controller: AbortController }> & { timer?: NodeJS.Timeout };

/** Why an operation's signal aborts, unless it failed. */
class OperationEnded extends Error {
  override readonly name = 'OperationEnded';
}

/**
 * Keeps an abort signal for each operation. An iterator that waits for its next value cannot be returned until that value comes,
 * which may be never; so whatever an operation waits for must end with its signal (graphql-ws#532).
 */
export function createSocketOperations(): SocketOperations {
  const operations = new Map<OperationKey, Operation>();

  function end(key: OperationKey, reason: Error = new OperationEnded()): void {
    const operation = operations.get(key);
    operations.delete(key);
    clearTimeout(operation?.timer);
    operation?.controller.abort(reason);
  }

  return {
    size: () => operations.size,
    begin: (key, id) => {
      const controller = new AbortController();
      operations.set(key, { id, controller });
      return controller.signal;
    },
    endAfter: (key, seconds, reason) => {
      const operation = operations.get(key);
      if (operation === undefined) return;
      operation.timer = setTimeout(() => operation.controller.abort(reason), seconds * 1000);
    },
    endingWith: (key, results, check) => {
      const signal = operations.get(key)?.controller.signal ?? AbortSignal.abort(new OperationEnded());
      return endWith(results, signal, check, () => end(key));
    },
    end,
    endById: (id) => {
      for (const [key, operation] of operations) if (operation.id === id) end(key);
    },
    endAll: () => {
      for (const key of [...operations.keys()]) end(key);
    },
    failAll: (failure) => {
      for (const key of [...operations.keys()]) end(key, failure);
    },
  };
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

function endWith<Result>(
  results: AsyncIterable<Result>,
  signal: AbortSignal,
  check: () => void,
  end: () => void,
): AsyncGenerator<Result, void, void> {
  const source = results[Symbol.asyncIterator]();
  const ending = async () => {
    if (signal.reason instanceof OperationEnded) return done;
    throw signal.reason;
  };
  // One place to wake, instead of a race against the signal for each value: races would pile up on it.
  let endPending: (() => Promise<void>) | undefined;
  const giveBack = () => {
    void endPending?.();
    // A source that answers late, or badly, has nobody left to answer to.
    void Promise.resolve(source.return?.()).catch(() => undefined);
  };
  if (signal.aborted) giveBack();
  else signal.addEventListener('abort', giveBack, { once: true });
  const finish = async () => {
    end();
    return done;
  };
  return {
    next: () => {
      if (signal.aborted) return ending();
      return new Promise((resolve, reject) => {
        endPending = () => ending().then(resolve, reject);
        Promise.resolve(source.next())
          .then((result) => {
            check();
            return result.done ? done : result;
          })
          .then(resolve, reject);
      });
    },
    return: finish,
    throw: finish,
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => end(),
  };
}
