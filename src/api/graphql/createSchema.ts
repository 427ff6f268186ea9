import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { resolvers } from './resolvers.ts';

const schemaFolder = new URL('../../../schema/', import.meta.url);

/** The public contract of `schema/*.graphql` with its resolvers. Throws where the two do not match. */
export function createSchema(): GraphQLSchema {
  return makeExecutableSchema({
    typeDefs: readTypeDefinitions(),
    resolvers,
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
}

/** The text of every file of the contract, in the order of their names. */
export function readTypeDefinitions(): string[] {
  const names = readdirSync(schemaFolder).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => readFileSync(new URL(name, schemaFolder), 'utf8'));
}
