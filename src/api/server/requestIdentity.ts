import { randomUUID } from 'node:crypto';

/** Values by lower-case name, as Node gives headers. */
export type Named = Readonly<Record<string, unknown>>;

const correlationId = /^[\w.:/+=-]{1,128}$/;
/** Source: https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The id under which everything that a request causes is found: the client's own `x-correlation-id` or `x-request-id` where that
 * is short and plain enough to stand in a log, else a new UUID.
 */
export function correlationIdOf(headers: Named): string {
  for (const given of [headers['x-correlation-id'], headers['x-request-id']]) {
    if (typeof given === 'string' && correlationId.test(given)) return given;
  }
  return randomUUID();
}

/** The client's place in a W3C trace, or null where it sent none or one that is malformed. */
export function traceparentOf(headers: Named): string | null {
  const given = headers.traceparent;
  return typeof given === 'string' && traceparent.test(given) ? given : null;
}
