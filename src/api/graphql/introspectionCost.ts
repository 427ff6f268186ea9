import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';

type Field = GraphQLField<unknown, unknown>;

/** `__schema` and `__type`, by which a query asks for the schema itself; undefined for any other field. */
export function introspectionField(name: string): Field | undefined {
  return [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);
}

/**
 * Counts the fields that the answer to `__schema` or `__type` will hold, exactly: the schema is known, so each selection is looked at once for
 * each part of the schema that it applies to, and not once for each time that it is repeated in the answer. A query of a kilobyte can ask
 * for a hundred megabytes. Gives up at `most`, which bounds the time that counting takes: what is returned then is larger than `most`.
 */
export function countIntrospection(
  root: FieldNode,
  field: Field,
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  most: number,
): number {
  const counted = new Map<SelectionSetNode, Map<unknown, number>>();
  let looks = 0;

  /** What `selections` ask for of one part of the schema. */
  function countPart(selections: SelectionSetNode, type: unknown, part: unknown): number {
    const ofSelections = counted.get(selections) ?? new Map<unknown, number>();
    counted.set(selections, ofSelections);
    const known = ofSelections.get(part);
    if (known !== undefined) return known;
    // Stands there while it is counted, for a fragment that spreads itself: another rule refuses it.
    ofSelections.set(part, 0);
    looks += 1;
    let sum = 0;
    for (const selection of selections.selections) {
      if (sum > most || looks > most) return most + 1;
      sum += countSelection(selection, type, part);
    }
    ofSelections.set(part, sum);
    return sum;
  }

  function countSelection(selection: SelectionNode, type: unknown, part: unknown): number {
    switch (selection.kind) {
      case Kind.FIELD: {
        const found = isObjectType(type) ? type.getFields()[selection.name.value] : undefined;
        return found === undefined ? 1 : countField(selection, found, part);
      }
      case Kind.INLINE_FRAGMENT:
        return countPart(selection.selectionSet, type, part);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = fragments.get(selection.name.value);
        return fragment === undefined ? 0 : countPart(fragment.selectionSet, type, part);
      }
    }
  }

  function countField(node: FieldNode, definition: Field, part: unknown): number {
    const { selectionSet } = node;
    if (selectionSet === undefined) return 1;
    const below = getNamedType(definition.type);
    let sum = 1;
    for (const value of answerOf(definition, part, schema)) {
      if (sum > most || looks > most) return most + 1;
      sum += countPart(selectionSet, below, value);
    }
    return sum;
  }

  const { selectionSet } = root;
  if (selectionSet === undefined) return 1;
  const below = getNamedType(field.type);
  let largest = 0;
  for (const part of rootsOf(root, field, schema)) {
    looks = 0;
    largest = Math.max(largest, countPart(selectionSet, below, part));
    if (largest > most) break;
  }
  return 1 + largest;
}

/** What the field may be answered with: of a type that a variable names, nobody knows yet which. */
function rootsOf(root: FieldNode, field: Field, schema: GraphQLSchema): readonly unknown[] {
  if (field === SchemaMetaFieldDef) return [schema];
  const name = root.arguments?.find((argument) => argument.name.value === 'name')?.value;
  if (name?.kind !== Kind.STRING) return Object.values(schema.getTypeMap());
  const named = schema.getType(name.value);
  return named === undefined ? [] : [named];
}

/** The resolvers of introspection read the part that they are given, `includeDeprecated`, and of the rest the schema alone. */
function answerOf(definition: Field, part: unknown, schema: GraphQLSchema): readonly unknown[] {
  const info = { schema, fieldName: definition.name };
  const value: unknown = definition.resolve?.(part, { includeDeprecated: true }, undefined, info as never);
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
