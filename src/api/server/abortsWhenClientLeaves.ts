import type { FastifyReply } from 'fastify';

/** A signal that aborts when the connection of a request closes before its answer has been sent. */
export function abortsWhenClientLeaves(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('The client is gone'));
  });
  return controller.signal;
}
