import type { RequestContext, Viewer } from '../../context.ts';
import { guardedStream } from '../../operations/guardedStream.ts';
import { toGraphQLError } from '../formatError.ts';

/** `guardedStream`, whose errors are those of the documented list: graphql-ws would close the socket for any other. */
export function graphqlStream<Message>(
  request: RequestContext,
  viewer: Viewer,
  open: (signal: AbortSignal) => AsyncIterable<Message>,
): AsyncIterableIterator<Message> {
  const { services, correlationId } = request;
  const stream = guardedStream(request, viewer, open);
  return {
    next: async () => {
      try {
        return await stream.next();
      } catch (error) {
        throw toGraphQLError(error, { ...services, correlationId });
      }
    },
    return: async () => (await stream.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
