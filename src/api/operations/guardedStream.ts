import { streamName } from '../../domain/events.ts';
import type { ChangeFeed } from '../../projections/changeFeed.ts';
import { stillAuthenticated, UnauthenticatedError } from '../auth/authenticate.ts';
import type { ApiServices, RequestContext, Viewer } from '../context.ts';

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The messages of one subscription, for as long as its viewer's token is valid. It is
 *   - idle: until its first message is asked for; nothing waits for it yet, so one that is dropped leaves nothing behind;
 *   - open: messages pass while the viewer's token holds;
 *   - ended: its source ended; or its client left (`return`, or the request's signal); or the token was revoked or expired, which the
 *     client is told by `UNAUTHENTICATED`; or its source failed, which it is told as well.
 * idle → open → ended, or idle → ended. Whatever ends it does so at once, even while it waits for a message.
 */
export function guardedStream<Message>(
  request: RequestContext,
  viewer: Viewer,
  open: (signal: AbortSignal) => AsyncIterable<Message>,
): AsyncIterableIterator<Message> {
  const { services } = request;
  const ending = new AbortController();
  const signal = AbortSignal.any([request.signal, ending.signal]);
  const source = open(signal)[Symbol.asyncIterator]();
  let mode: 'idle' | 'open' | 'ended' = 'idle';
  let failure: { readonly error: unknown } | undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    ending.abort();
  }

  async function next(): Promise<IteratorResult<Message>> {
    if (mode === 'ended') return done;
    if (mode === 'idle') void watchToken(services, viewer, signal, fail);
    mode = 'open';
    try {
      const result = await source.next();
      if (failure !== undefined) throw failure.error;
      if (result.done || request.signal.aborted) return await end();
      if (!stillAuthenticated(services, viewer)) throw new UnauthenticatedError();
      return result;
    } catch (error) {
      await end();
      if (request.signal.aborted) return done;
      throw error;
    }
  }

  async function end(): Promise<IteratorReturnResult<undefined>> {
    mode = 'ended';
    ending.abort();
    await source.return?.();
    return done;
  }

  return {
    next,
    return: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Calls `fail` once the token is revoked or expired, or cannot be watched. Ends when `signal` aborts. Never throws. */
async function watchToken(
  services: ApiServices,
  viewer: Viewer,
  signal: AbortSignal,
  fail: (error: unknown) => void,
): Promise<void> {
  try {
    if (await tokenEnds(services, viewer, signal)) fail(new UnauthenticatedError());
  } catch (error) {
    if (!signal.aborted) fail(error);
  }
}

/** True once the token is revoked or its time is over; false when `signal` aborts first. Throws as `ChangeFeed.follow`. */
async function tokenEnds(services: ApiServices, viewer: Viewer, signal: AbortSignal): Promise<boolean> {
  const { models, changes, commands } = services;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const expiresAt = models.token(viewer.tokenId)?.expiresAt ?? null;
  const waits = [isRevoked(changes, viewer, either)];
  if (expiresAt !== null) {
    const leftMs = Math.max(0, Date.parse(expiresAt) - commands.clock.nowMs());
    waits.push(commands.clock.sleep(leftMs, either).then(() => true));
  }
  try {
    return await Promise.race(waits);
  } finally {
    over.abort();
    await Promise.allSettled(waits);
  }
}

async function isRevoked(changes: ChangeFeed, { tokenId }: Viewer, signal: AbortSignal): Promise<boolean> {
  const stream = streamName('token', tokenId);
  const after = changes.position();
  for await (const { events } of changes.follow({ after, stream, signal })) {
    if (events.some(({ type }) => type === 'TokenRevoked')) return true;
  }
  return false;
}
