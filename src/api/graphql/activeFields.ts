import type { RequestContext } from '../context.ts';
import { requireActive } from '../operations/requireActive.ts';

type Resolver = (root: never, input: never, request: RequestContext, info: never) => unknown;

/** The same root fields, each of which checks first that its operation may still act: an earlier field may have waited for long. */
export function activeFields<Fields extends Readonly<Record<string, Resolver>>>(fields: Fields): Fields {
  const active = Object.entries(fields).map(([name, resolve]): [string, Resolver] => [
    name,
    (root, input, request, info) => {
      requireActive(request);
      return resolve(root, input, request, info);
    },
  ]);
  return Object.fromEntries(active) as Fields;
}
