import { GraphQLError, OperationTypeNode, type SelectionSetNode, type ValidationRule } from 'graphql';

/**
 * Refuses `@skip` and `@include` on the root of a subscription, as the specification's newer drafts do: without a root field there would be
 * nothing to follow, and graphql-js takes it for a fault of the server. Source: https://github.com/graphql/graphql-spec/pull/860
 */
export const plainSubscriptions: ValidationRule = (context) => {
  const seen = new Set<SelectionSetNode>();

  function check({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      const conditional = selection.directives?.find(({ name }) => /^(skip|include)$/.test(name.value));
      if (conditional !== undefined) {
        const message = `A subscription's root cannot have "@${conditional.name.value}": it must have exactly one field.`;
        context.reportError(new GraphQLError(message, { nodes: conditional }));
      }
      if (selection.kind === 'InlineFragment') checkOnce(selection.selectionSet);
      if (selection.kind === 'FragmentSpread')
        checkOnce(context.getFragment(selection.name.value)?.selectionSet);
    }
  }

  function checkOnce(selections: SelectionSetNode | undefined): void {
    if (selections === undefined || seen.has(selections)) return;
    seen.add(selections);
    check(selections);
  }

  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation === OperationTypeNode.SUBSCRIPTION) checkOnce(selectionSet);
    },
  };
};
