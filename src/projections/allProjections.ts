import { createHash } from 'node:crypto';
import type { TableDefinition } from '../ports/readModelStore.ts';
import { accountsProjection } from './accountsProjection.ts';
import { auditProjection } from './auditProjection.ts';
import { jobsProjection } from './jobsProjection.ts';
import type { Projection } from './projection.ts';
import { servicesProjection } from './servicesProjection.ts';

/** Every read model. No two share a table. */
export const allProjections: readonly Projection[] = [
  accountsProjection,
  servicesProjection,
  jobsProjection,
  auditProjection,
];

/** The tables of `projections`, in their order. */
export function tablesOf(projections: readonly Projection[]): readonly TableDefinition[] {
  return projections.flatMap(({ tables }) => tables);
}

/** Changes with the tables and with the versions of `projections`: rows kept under another fingerprint must be rebuilt. */
export function fingerprintOf(projections: readonly Projection[]): string {
  const identity = projections.map(({ name, version, tables, handles }) => ({
    name,
    version,
    tables,
    handles,
  }));
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}
