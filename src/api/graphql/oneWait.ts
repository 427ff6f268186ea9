import { type FieldNode, GraphQLError, Kind, type SelectionSetNode, type ValidationRule } from 'graphql';

const waitingField = 'waitForJob';

/** Refuses, with `QUERY_TOO_COMPLEX`, an operation that waits more than once: its waits would follow each other for hours. */
export const oneWait: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const waits: FieldNode[] = [];
    const seen = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          if (selection.name.value === waitingField) waits.push(selection);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (!seen.has(selection.name.value)) {
          seen.add(selection.name.value);
          const fragment = context.getFragment(selection.name.value);
          if (fragment) collect(fragment.selectionSet);
        }
      }
    };
    collect(operation.selectionSet);
    const second = waits[1];
    if (second === undefined) return;
    const message = `The operation has ${waits.length} fields ${waitingField}, wanted at most 1: wait for each job by an operation of its own.`;
    const extensions = { code: 'QUERY_TOO_COMPLEX', limit: 1 };
    context.reportError(new GraphQLError(message, { nodes: second, extensions }));
  },
});
