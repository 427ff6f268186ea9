import type { AppendResult } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import { convertToCommandError } from '@eventstore/db-client/dist/utils/CommandError.js';
import { parseUUID } from '@eventstore/db-client/dist/utils/grpcUUID.js';
import type {
  BatchAppendReq as AppendRequest,
  BatchAppendResp as AppendResponse,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { EventStoreConnection } from './eventStoreConnection.ts';

/** What is used of the client's call ("batch append"), which takes any number of appends and answers each when it is written. */
export type AppendCall = Readonly<{
  write(request: AppendRequest): boolean;
  cancel(): void;
  on(event: 'data', listener: (response: AppendResponse) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}>;

export type AppendCalls = Readonly<{
  /**
   * Sends one append with `correlationId`, which no other under way has. Throws the client's errors, of this append alone or of the call that
   * it went by.
   */
  send(correlationId: string, request: AppendRequest): Promise<AppendResult>;
  /** Nobody waits for the answer any more. */
  giveUp(correlationId: string): void;
}>;

type Waiter = Readonly<{
  call: AppendCall;
  resolve: (result: AppendResult) => void;
  reject: (error: Error) => void;
}>;

/**
 * All appends of a connection go by one call, the newest. Where the connection is made anew there is a new one; the one before it ends once it
 * has answered what it was asked. A call that breaks fails the appends that it has not answered, and no others.
 */
export function createAppendCalls(connection: EventStoreConnection): AppendCalls {
  const waiting = new Map<string, Waiter>();
  const broken = new WeakMap<AppendCall, Error>();
  let newest: AppendCall | undefined;

  /** Hears of all that comes to `call`, before any of it can. */
  function listen(call: AppendCall): void {
    const previous = newest;
    newest = call;
    if (previous !== undefined) endIfDone(previous);
    const fail = (error: Error): void => {
      broken.set(call, error);
      for (const [id, waiter] of waiting) {
        if (waiter.call !== call) continue;
        waiting.delete(id);
        waiter.reject(error);
      }
    };
    call.on('data', (response) => {
      answer(response);
      if (call !== newest) endIfDone(call);
    });
    call.on('error', (error) => fail(convertToCommandError(error)));
    call.on('end', () => fail(new Error('the server ended the call of appends')));
  }

  function answer(response: AppendResponse): void {
    const id = parseUUID(response.getCorrelationId()) ?? '';
    const waiter = waiting.get(id);
    // Whoever gave it up is not there any more.
    if (waiter === undefined) return;
    waiting.delete(id);
    try {
      waiter.resolve(resultOf(response));
    } catch (error) {
      waiter.reject(error as Error);
    }
  }

  function endIfDone(call: AppendCall): void {
    if (![...waiting.values()].some((waiter) => waiter.call === call)) call.cancel();
  }

  return {
    send: async (correlationId, request) => {
      const call = await connection.appendCall(listen);
      const error = broken.get(call);
      if (error !== undefined) throw error;
      return new Promise((resolve, reject) => {
        waiting.set(correlationId, { call, resolve, reject });
        call.write(request);
      });
    },
    giveUp: (correlationId) => waiting.delete(correlationId),
  };
}

/** Throws the client's error for what the server says of this append. */
function resultOf(response: AppendResponse): AppendResult {
  const error = response.getError();
  if (error !== undefined && !error.hasDetails()) throw new Error(error.getMessage());
  if (error !== undefined) {
    const stream = Buffer.from(response.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
    throw unpackToCommandError(error, stream);
  }
  const success = response.getSuccess();
  const position = success?.getPosition();
  return {
    success: true,
    nextExpectedRevision: BigInt(success?.getCurrentRevision() ?? -1),
    ...(position && {
      position: {
        commit: BigInt(position.getCommitPosition()),
        prepare: BigInt(position.getPreparePosition()),
      },
    }),
  };
}
