import { badInput, badText } from './errors.ts';

/** `value` without the white space around it. Throws `BAD_USER_INPUT` unless 1 to `maxCharacters` are left that a program can take. */
export function checkedText(field: string, value: string, maxCharacters: number): string {
  const text = value.trim();
  if (text.length === 0 || text.length > maxCharacters) {
    throw badText(field, value, `1 to ${maxCharacters} characters`);
  }
  if (!isPassable(text)) throw badText(field, value, passableText);
  return text;
}

/** `value` without the white space around it, bounded in bytes of UTF-8. Throws as `checkedText`. */
export function checkedBytes(field: string, value: string, maxBytes: number): string {
  const text = value.trim();
  if (text.length === 0 || utf8Bytes(text) > maxBytes) {
    throw badInput(field, `${utf8Bytes(text)} bytes`, `1 to ${maxBytes} bytes`);
  }
  if (!isPassable(text)) throw badText(field, value, passableText);
  return text;
}

export const passableText = 'text without NUL characters or broken surrogate pairs';

/** Whether `text` can be handed to a process unchanged: arguments and variables end at a NUL and are UTF-8. */
export function isPassable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/**
 * The longest argument or `KEY=value` that Linux passes to a program: 32 pages of 4 KiB (MAX_ARG_STRLEN in linux/binfmts.h), less the
 * NUL at its end.
 */
export const longestArgumentBytes = 131_072 - 1;

const maxMessageCharacters = 2_000;

/** A message from outside, such as an engine's, cut to what an event should carry. */
export function boundedMessage(message: string): string {
  if (message.length <= maxMessageCharacters) return message.toWellFormed();
  return `${message.slice(0, maxMessageCharacters - 1)}…`.toWellFormed();
}

export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
