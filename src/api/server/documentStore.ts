import type { ApolloServerOptionsWithSchema } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { createRecentlyUsed } from '../../ports/recentlyUsed.ts';
import type { RequestContext } from '../context.ts';

type DocumentStore = NonNullable<ApolloServerOptionsWithSchema<RequestContext>['documentStore']>;

/** A program sends the same few documents again and again, and people write short ones. */
const keptDocuments = 100;
const longestKeptCharacters = 8_000;

/**
 * Documents that were parsed and validated, so that the next request with the same text need not be. Apollo's own store keeps 30 MB of JSON, which
 * are hundreds of megabytes of objects: whoever has a token could fill them.
 */
export function createDocumentStore(): DocumentStore {
  const kept = createRecentlyUsed<string, DocumentNode>(keptDocuments);
  return {
    get: async (key) => kept.get(key),
    set: async (key, document) => {
      if ((document.loc?.source.body.length ?? longestKeptCharacters) < longestKeptCharacters)
        kept.set(key, document);
    },
    // Apollo deletes none.
    delete: async () => undefined,
  };
}
