import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import type { ApiLimits } from '../context.ts';
import { defaultPageItems, maxPageItems } from '../operations/pagination.ts';
import { countIntrospection, introspectionField } from './introspectionCost.ts';
import { defaultLogLines, maxLogLines } from './logPage.ts';
import { oneWait } from './oneWait.ts';
import { plainSubscriptions } from './plainSubscriptions.ts';
import { shortLists } from './shortLists.ts';

export type QueryLimits = Pick<ApiLimits, 'queryDepth' | 'queryComplexity'>;

type Size = Readonly<{ depth: number; complexity: number }>;

/**
 * Validation rules beside those of the specification. They refuse subscriptions that may have no root field, and, with `QUERY_TOO_COMPLEX`, an operation that is nested too deeply or asks for too much. Its complexity is the
 * number of fields that the answer may hold: those below a list count once for each item. A list with `first` or `last` holds as many as
 * asked for, or the most that it allows where a variable says so, because validation does not see its value; any other list of
 * objects counts as `unpagedItems`. Introspection counts like the rest, but not its depth, which graphql-js bounds itself.
 */
export function queryLimitRules({ queryDepth, queryComplexity }: QueryLimits): readonly ValidationRule[] {
  const withinLimits: ValidationRule = (context) => {
    const measure = measurer(context.getSchema(), context.getDocument(), queryComplexity);
    return {
      OperationDefinition(operation) {
        const root = context.getSchema().getRootType(operation.operation);
        const { depth, complexity } = measure(operation.selectionSet, root ?? undefined);
        const report = (message: string, details: Readonly<Record<string, number>>) => {
          const extensions = { ...details, code: 'QUERY_TOO_COMPLEX' };
          context.reportError(new GraphQLError(message, { nodes: operation, extensions }));
        };
        if (depth > queryDepth) {
          report(`The query is ${depth} levels deep, wanted at most ${queryDepth}.`, { limit: queryDepth });
        }
        if (complexity > queryComplexity) {
          const message = `The query asks for up to ${complexity} fields, wanted at most ${queryComplexity}: ask for fewer items of its lists.`;
          report(message, { limit: queryComplexity });
        }
      },
    };
  };
  return [withinLimits, oneWait, shortLists, plainSubscriptions];
}

/** Measures selections of one document; each fragment once, however often it is spread. */
function measurer(
  schema: GraphQLSchema,
  document: DocumentNode,
  queryComplexity: number,
): (selections: SelectionSetNode, parent: GraphQLNamedType | undefined) => Size {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
  const measured = new Map<string, Size>();
  let introspected = 0;

  function measure({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined): Size {
    const sizes = selections.map((selection) => measureSelection(selection, parent));
    return {
      depth: sizes.reduce((deepest, { depth }) => Math.max(deepest, depth), 0),
      complexity: sizes.reduce((sum, { complexity }) => sum + complexity, 0),
    };
  }

  function measureSelection(selection: SelectionNode, parent: GraphQLNamedType | undefined): Size {
    switch (selection.kind) {
      case Kind.FIELD:
        return measureField(selection, parent);
      case Kind.INLINE_FRAGMENT: {
        const condition = selection.typeCondition;
        return measure(selection.selectionSet, condition ? schema.getType(condition.name.value) : parent);
      }
      case Kind.FRAGMENT_SPREAD:
        return measureFragment(selection.name.value);
    }
  }

  function measureField(field: FieldNode, parent: GraphQLNamedType | undefined): Size {
    const introspection = introspectionField(field.name.value);
    if (introspection !== undefined) {
      // What is over the limit already is not counted on: each alias would take as long again.
      const left = Math.max(0, queryComplexity - introspected);
      const fields = left === 0 ? 1 : countIntrospection(field, introspection, schema, fragments, left);
      introspected += fields;
      return { depth: 1, complexity: fields };
    }
    const definition = fieldOf(parent, field.name.value);
    // `__typename`; or an unknown field, which is for another rule to tell of.
    if (definition === undefined) return { depth: 0, complexity: 1 };
    if (field.selectionSet === undefined) return { depth: 1, complexity: 1 };
    const below = measure(field.selectionSet, getNamedType(definition.type));
    return { depth: 1 + below.depth, complexity: 1 + itemsOf(field, definition) * below.complexity };
  }

  function measureFragment(name: string): Size {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (fragment === undefined) return nothing;
    // Stands there while the fragment is measured: one that spreads itself, which another rule refuses, does not go on for ever.
    measured.set(name, nothing);
    const size = measure(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    measured.set(name, size);
    return size;
  }

  return measure;
}

const nothing: Size = { depth: 0, complexity: 0 };

function fieldOf(
  parent: GraphQLNamedType | undefined,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(getNullableType(type));
}

/** What a list without pages counts as: most such lists, of attempts, builds or variables, are short. */
const unpagedItems = 10;

/** How many items a list may hold by what the query says; 1 for a field that is no list. */
function itemsOf(field: FieldNode, definition: GraphQLField<unknown, unknown>): number {
  const takes = (name: string) => definition.args.some((argument) => argument.name === name);
  // The list of a page's edges is as long as the page was asked to be.
  if (!takes('first')) return isList(definition) && field.name.value !== 'edges' ? unpagedItems : 1;
  // Only logs can be read from the end, and only they have large pages.
  const [usual, most] = takes('last') ? [defaultLogLines, maxLogLines] : [defaultPageItems, maxPageItems];
  const counts = (field.arguments ?? [])
    .filter(({ name }) => name.value === 'first' || name.value === 'last')
    .map(({ value }) => (value.kind === Kind.INT ? Number(value.value) : most));
  return counts.length === 0 ? usual : Math.max(1, ...counts);
}
