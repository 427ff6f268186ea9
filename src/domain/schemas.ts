import { z } from 'zod';

/** The scalars that events are made of. Ids are checked where they come in; stored ones only need their prefix. */
export const workspaceId = z.templateLiteral(['wks-', z.string()]);
export const tokenId = z.templateLiteral(['tok-', z.string()]);
export const serviceId = z.union([
  z.templateLiteral(['srv-', z.string()]),
  z.templateLiteral(['crn-', z.string()]),
]);
export const buildId = z.templateLiteral(['bld-', z.string()]);
export const jobId = z.templateLiteral(['job-', z.string()]);
export const runnerId = z.templateLiteral(['rnr-', z.string()]);

/** ISO-8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
