import { NatsError } from 'nats';
import { LogStoreUnavailableError } from '../../ports/logStore.ts';
import { NatsConfigMismatchError, type Readiness } from './streams.ts';

/** Does `work`, and translates what it throws. */
export type Operate = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Answers a function that does work for as long as `isOpen`, and throws all that NATS throws as `LogStoreUnavailableError`, a stream that is
 * another program's now included.
 */
export function createOperate(
  stream: string,
  { ready, doubt }: Pick<Readiness, 'ready' | 'doubt'>,
  isOpen: () => boolean,
): Operate {
  return async (work) => {
    if (!isOpen()) throw closedError(stream);
    try {
      await ready();
      return await work();
    } catch (error) {
      if (isOfNats(error)) doubt(error);
      throw translated(stream, error);
    }
  };
}

/** What is thrown of a store that was closed. */
export function closedError(stream: string): LogStoreUnavailableError {
  return new LogStoreUnavailableError(`NATS stream ${stream}: the log store is closed`);
}

/** `LogStoreUnavailableError` for what NATS throws; any other error as it is. */
export function translated(stream: string, error: unknown): unknown {
  if (!isOfNats(error)) return error;
  return new LogStoreUnavailableError(`NATS stream ${stream}: ${error.message}`, { cause: error });
}

function isOfNats(error: unknown): error is NatsError | NatsConfigMismatchError {
  return error instanceof NatsError || error instanceof NatsConfigMismatchError;
}

/** A server that answers at all does so sooner, as a rule: only beyond it does anybody listen for a signal. */
const patienceMs = 500;

/**
 * `operate`, which does nothing once a signal has aborted, and fails when one aborts while the server does not answer: what was asked goes on
 * unheard. Leaves no listener.
 */
export function leaveOnAbort(operate: Operate, signals: readonly AbortSignal[]): Operate {
  return (work) =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        settle();
        reject(new LogStoreUnavailableError('the reader has left'));
      };
      const settle = (): void => {
        clearTimeout(timer);
        for (const signal of signals) signal.removeEventListener('abort', leave);
      };
      const isLeft = (): boolean => signals.some(({ aborted }) => aborted);
      const listen = (): void => {
        for (const signal of signals) signal.addEventListener('abort', leave);
        if (isLeft()) leave();
      };
      const timer = setTimeout(listen, patienceMs);
      if (isLeft()) leave();
      else operate(work).then(resolve, reject).finally(settle);
    });
}
