import { newAppKey } from '../../src/hub/seed.ts';

let made: ReturnType<typeof newAppKey> | null = null;

/** The key of every App of the tests in this process: to make one takes a third of a second, and which it is does not matter. */
export const oneAppKey = (): ReturnType<typeof newAppKey> => {
  made ??= newAppKey();
  return made;
};
