import { ApiError } from '../operations/errorCodes.ts';

/** More than any query, list or object that a person writes; far fewer than graphql-js can recurse into. */
export const maxNesting = 100;

/**
 * Refuses, with `QUERY_TOO_COMPLEX`, a document whose brackets are nested so deeply that parsing it could overflow the stack: graphql-js
 * parses, validates and reads literals by recursion. Reads the text once, and knows strings and comments.
 */
export function refuseDeepNesting(document: string): void {
  if (nestingOf(document) <= maxNesting) return;
  throw new ApiError('QUERY_TOO_COMPLEX', `The query nests its brackets more than ${maxNesting} deep.`, {
    limit: maxNesting,
  });
}

/** How deeply brackets are nested; those that are closed without having been opened count for nothing. */
function nestingOf(document: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of document.matchAll(tokens)) {
    if ('{[('.includes(token)) deepest = Math.max(deepest, ++depth);
    else if ('}])'.includes(token)) depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Brackets, and what may hold a bracket that is none: block strings, strings and comments. Source: GraphQL October 2021, 2.1. */
const tokens = /"""(?:\\"""|[\s\S])*?(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*|[{}[\]()]/g;
