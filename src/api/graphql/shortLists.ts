import { GraphQLError, type ValidationRule } from 'graphql';
import { badInput } from '../../domain/errors.ts';

/** More than any list that the contract takes: the longest, of variables, has a bound of its own below this or is an operator's to raise. */
export const maxInputItems = 10_000;

/** Refuses a list of more than `maxInputItems` that is written in the document. */
export const shortLists: ValidationRule = (context) => ({
  ListValue(node) {
    if (node.values.length <= maxInputItems) return;
    const message = `A list has ${node.values.length} items, wanted at most ${maxInputItems}.`;
    context.reportError(new GraphQLError(message, { nodes: node, extensions: { code: 'BAD_USER_INPUT' } }));
  },
});

/** Refuses variables with such a list, wherever it is in them. Throws `BAD_USER_INPUT` that names its place. */
export function refuseLongLists(value: unknown, place = 'variables'): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value) && value.length > maxInputItems) {
    throw badInput(place, `${value.length} items`, `at most ${maxInputItems} items`);
  }
  for (const [key, inner] of Object.entries(value)) refuseLongLists(inner, `${place}.${key}`);
}
