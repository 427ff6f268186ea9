import { RE2JS } from 're2js';
import { badText } from '../../../domain/errors.ts';

const maxCharacters = 200;

/**
 * Matches lines as Render does: a text that they hold, letter case ignored, with `*` for any characters, or a regular expression between
 * slashes. Expressions are strangers', so RE2 runs them, in a time that grows only with the line. Throws `BAD_USER_INPUT`.
 */
export function textFilter(texts: readonly string[] | undefined): (line: string) => boolean {
  if (texts === undefined || texts.length === 0) return () => true;
  const patterns = texts.map(compile);
  return (line) => patterns.some((pattern) => pattern.matcher(line).find());
}

function compile(text: string): RE2JS {
  if (text.length > maxCharacters) throw badText('text', text, `at most ${maxCharacters} characters`);
  const expression = /^\/(.+)\/$/s.exec(text)?.[1];
  if (expression === undefined) {
    const parts = text.split('*').map((part) => RE2JS.quote(part));
    return RE2JS.compile(parts.join('.*'), RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL);
  }
  try {
    return RE2JS.compile(expression);
  } catch {
    throw badText('text', text, 'between slashes a regular expression of the RE2 syntax');
  }
}
