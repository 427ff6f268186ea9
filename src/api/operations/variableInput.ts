import { z } from 'zod';

/** One variable of an environment, in the clear. */
export const variableInput = z.strictObject({
  key: z.string(),
  value: z.string(),
  /** Whether it is sealed, masked in logs and never shown again. */
  secret: z.boolean().default(false),
});
