import type { ReadModels } from '../../ports/readModels.ts';
import { createReadModelReader } from './readModelReader.ts';
import { accountQueries } from './readModelsAccounts.ts';
import { auditQueries } from './readModelsAudit.ts';
import { jobQueries } from './readModelsJobs.ts';
import { serviceQueries } from './readModelsServices.ts';
import { usageQueries } from './readModelsUsage.ts';

/**
 * The queries on the read-model file at `path`, which `createSqliteReadModelStore` has opened before: both may be used at the same
 * time. Its tables are those of the port's readModelTables.ts. Lists throw `InvalidCursorError` for a cursor that they did not
 * answer; all queries throw `ReadModelStoreUnavailableError`.
 */
export function createSqliteReadModels({
  path,
}: Readonly<{ path: string }>): ReadModels & Readonly<{ close(): void }> {
  const reader = createReadModelReader(path);
  return {
    ...accountQueries(reader),
    ...serviceQueries(reader),
    ...jobQueries(reader),
    ...usageQueries(reader),
    ...auditQueries(reader),
    close: () => reader.close(),
  };
}
