import type { Tools } from '../../src/tools/port.ts';

/** Only what is on PATH, as where the operator lets nothing be fetched. */
export const noTools: Tools = {
  newest: async () => null,
  folderOf: async () => null,
  kept: async () => [],
  remove: async () => false,
  close: async () => undefined,
};
