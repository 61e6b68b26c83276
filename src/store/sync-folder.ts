import { open } from 'node:fs/promises';

/** Makes names that were added to, changed in or removed from a folder survive a power loss; syncing the file alone does not. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
