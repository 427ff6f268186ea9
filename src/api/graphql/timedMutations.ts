import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from '../context.ts';
import { errorCodeOf } from './formatError.ts';

type MutationResolver<Input, Answer> = (
  root: Record<PropertyKey, never>,
  input: Input,
  request: RequestContext,
  info: GraphQLResolveInfo,
) => Promise<Answer>;

/** The same mutations, each observed as `mutation` by its name and the code that it was refused with: how long its clients waited. */
export function timedMutations<Mutations extends Readonly<Record<string, MutationResolver<never, unknown>>>>(
  mutations: Mutations,
): Mutations {
  const timed = Object.entries(mutations).map(([name, resolve]) => [name, timedMutation(name, resolve)]);
  return Object.fromEntries(timed) as Mutations;
}

function timedMutation<Input, Answer>(
  name: string,
  resolve: MutationResolver<Input, Answer>,
): MutationResolver<Input, Answer> {
  return async (root, input, request, info) => {
    const startedMs = performance.now();
    let code = 'OK';
    try {
      return await resolve(root, input, request, info);
    } catch (error) {
      code = errorCodeOf(error);
      throw error;
    } finally {
      const seconds = (performance.now() - startedMs) / 1000;
      request.services.metrics.observe('mutation', seconds, { mutation: name, code });
    }
  };
}
