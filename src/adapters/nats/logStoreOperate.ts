import { NatsError } from 'nats';
import { LogStoreUnavailableError } from '../../ports/logStore.ts';
import type { Readiness } from './streams.ts';

/** Does `work`, and translates what it throws. */
export type Operate = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Answers a function that does work for as long as `isOpen`, and throws all that NATS throws as `LogStoreUnavailableError`. */
export function createOperate(
  stream: string,
  { ready, doubt }: Pick<Readiness, 'ready' | 'doubt'>,
  isOpen: () => boolean,
): Operate {
  return async (work) => {
    if (!isOpen()) throw new LogStoreUnavailableError(`NATS stream ${stream}: the log store is closed`);
    try {
      await ready();
      return await work();
    } catch (error) {
      if (!(error instanceof NatsError)) throw error;
      doubt();
      throw new LogStoreUnavailableError(`NATS stream ${stream}: ${error.message}`, { cause: error });
    }
  };
}

/** `operate`, which fails as soon as a signal aborts; what was asked goes on unheard. Leaves no listener. */
export function leaveOnAbort(operate: Operate, signals: readonly AbortSignal[]): Operate {
  return (work) =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        stopListening();
        reject(new LogStoreUnavailableError('the reader has left'));
      };
      const stopListening = (): void => {
        for (const signal of signals) signal.removeEventListener('abort', leave);
      };
      if (signals.some(({ aborted }) => aborted)) return leave();
      for (const signal of signals) signal.addEventListener('abort', leave);
      operate(work).then(resolve, reject).finally(stopListening);
    });
}
