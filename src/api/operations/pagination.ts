import { badInput } from '../../domain/errors.ts';
import type { Page, PageRequest } from '../../ports/readModels.ts';

/** What a list field answers where it is asked for no number of items. */
export const defaultPageItems = 20;
export const maxPageItems = 100;

type PageArguments = Readonly<{ first?: number | null; after?: string | null }>;

type Connection<Item> = Readonly<{
  edges: readonly Readonly<{ cursor: string; node: Item }>[];
  pageInfo: Readonly<{
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  }>;
}>;

/** The page that a list field is asked for. Throws `BAD_USER_INPUT` that names `first`. */
export function pageRequest({ first, after }: PageArguments): PageRequest {
  return { first: pageItems('first', first ?? defaultPageItems, maxPageItems), after: after ?? undefined };
}

/** `count`, where it is from 1 to `max`. Throws `BAD_USER_INPUT` that names `field`. */
export function pageItems(field: string, count: number, max: number): number {
  if (count < 1 || count > max) throw badInput(field, count, `a whole number from 1 to ${max}`);
  return count;
}

/** A page as a connection of the Relay specification. Source: https://relay.dev/graphql/connections.htm */
export function toConnection<Item>(
  { items, hasMore }: Page<Item>,
  { after }: Pick<PageRequest, 'after'>,
): Connection<Item> {
  return {
    edges: items.map(({ cursor, item }) => ({ cursor, node: item })),
    pageInfo: {
      hasNextPage: hasMore,
      hasPreviousPage: after !== undefined,
      startCursor: items.at(0)?.cursor ?? null,
      endCursor: items.at(-1)?.cursor ?? null,
    },
  };
}
