import type { z } from 'zod';
import { badInput, type DomainError } from '../../domain/errors.ts';

/**
 * The first thing that is wrong with an input, as `BAD_USER_INPUT` that names the field and what was wanted. Of what was given it shows the
 * kind alone, since people paste secrets into the wrong field. `input` names the whole, where no field is to blame.
 */
export function inputError(error: z.ZodError, input: string): DomainError {
  const issue = error.issues[0];
  const path = showPath(issue?.path ?? []);
  if (issue === undefined) return badInput(input, 'something else', 'what the schema says');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return badInput(path === '' ? key : `${path}.${key}`, 'an unknown field', 'no such field');
  }
  return badInput(path || input, kindOf(issue.input), wantedBy(issue));
}

function wantedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'items'}`
        : `at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'items'}`
        : `at least ${issue.minimum}`;
    // Messages of our own checks are what was wanted.
    default:
      return issue.message;
  }
}

function kindOf(input: unknown): string | undefined {
  if (input === undefined) return undefined;
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  return article(typeof input);
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
