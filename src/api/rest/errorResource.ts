import { z } from 'zod';

/** An error as Render's API shows one. */
export const errorResource = z
  .object({
    id: z.string().describe('The correlation id, under which the operator finds the request in the log.'),
    code: z.string().describe('One of docs/reference/graphql-errors.md, such as `NOT_FOUND`.'),
    message: z.string(),
  })
  .meta({ id: 'Error' });

const meanings = {
  400: 'The request is not valid; the message names the field, the value and what was wanted.',
  401: 'The token is missing or not valid.',
  403: 'The token lacks a scope.',
  404: 'There is no such thing in the token’s workspace.',
  413: 'The body is too large.',
  426: 'A WebSocket is wanted.',
  422: 'The idempotency key was used with another input.',
  429: 'Too many requests.',
  502: 'Whether the job was created is not known. It is not to be created again before a look at the list.',
  503: 'Try again after the seconds that `Retry-After` says.',
  504: 'It took too long.',
} as const;

/** The error answers of a route, each with its meaning. */
export function errorAnswers<const Statuses extends readonly (keyof typeof meanings)[]>(
  ...statuses: Statuses
): Readonly<Record<Statuses[number], typeof errorResource>> {
  return Object.fromEntries(
    statuses.map((status) => [status, errorResource.describe(meanings[status])]),
  ) as Readonly<Record<Statuses[number], typeof errorResource>>;
}
