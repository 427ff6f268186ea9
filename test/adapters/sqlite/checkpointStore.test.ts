import { join } from 'node:path';
import { createSqliteCheckpointStore } from '../../../src/adapters/sqlite/checkpointStore.ts';
import { checkpointStoreContract } from '../../contracts/checkpointStore.ts';
import { tempFolder } from '../../support/tempFolder.ts';

checkpointStoreContract(async () => {
  const folder = await tempFolder();
  const path = join(folder.path, 'checkpoints.sqlite');
  let store = createSqliteCheckpointStore(path);
  return {
    store,
    reopen: async () => {
      await store.close();
      store = createSqliteCheckpointStore(path);
      return store;
    },
    close: async () => {
      await store.close();
      await folder.remove();
    },
  };
});
