import type { FastifyReply } from 'fastify';
import type { ApiLimits } from '../context.ts';
import { operationTimedOut } from '../operations/requireActive.ts';

/**
 * A signal that aborts when the connection of a request closes before its answer has been sent, and with `OPERATION_TIMED_OUT` when that
 * takes longer than `operationTimeoutSeconds`.
 */
export function operationSignal(
  reply: FastifyReply,
  { operationTimeoutSeconds }: Pick<ApiLimits, 'operationTimeoutSeconds'>,
): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(operationTimedOut(operationTimeoutSeconds)),
    operationTimeoutSeconds * 1000,
  );
  reply.raw.once('close', () => {
    clearTimeout(timer);
    if (!reply.raw.writableFinished) controller.abort(new Error('The client is gone'));
  });
  return controller.signal;
}
