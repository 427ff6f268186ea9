import type { Id, IdPrefix } from '../domain/ids.ts';

export type IdGenerator = Readonly<{
  /** A new identifier, later in order than all before it from this generator. */
  id<Prefix extends IdPrefix>(prefix: Prefix): Id<Prefix>;
  /** A random UUID, for events and correlation. */
  uuid(): string;
}>;
