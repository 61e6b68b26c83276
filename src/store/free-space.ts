import { statfs } from 'node:fs/promises';

/** Bytes that this process may still write on the disk of that folder (statfs(2): `f_bavail`, without what is kept for root). */
export const freeSpace = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};
