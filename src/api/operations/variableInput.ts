import { z } from 'zod';

const variableInput = z.strictObject({
  key: z.string().describe('Letters, digits and `_`, not beginning with a digit.'),
  value: z.string(),
  secret: z.boolean().default(false).describe('Whether it is sealed, masked in logs and never shown again.'),
});

export type VariableInput = z.output<typeof variableInput>;

/** Variables in the clear. */
export const variablesInput = z
  .array(variableInput)
  .default([])
  .transform((variables): readonly VariableInput[] => variables);
