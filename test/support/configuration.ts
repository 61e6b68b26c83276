import { createSystemClock } from '../../src/clock/system.ts';
import type { ConfigurationReader } from '../../src/runner/port.ts';
import { createConfigurationReader } from '../../src/runner/read/hcl.ts';
import { atEndOfFile } from './end-of-file.ts';

let reader: ConfigurationReader | null = null;

const current = (): ConfigurationReader => {
  reader ??= createConfigurationReader({ clock: createSystemClock() });
  return reader;
};

atEndOfFile(async () => {
  await reader?.close();
  reader = null;
});

/**
 * The real reader, one for all worlds of a test file: what it answers hangs on a file's bytes alone, and its process takes longer
 * to start than most stories take. Ends with the file.
 */
export const configuration: ConfigurationReader = {
  facts: (files, load) => current().facts(files, load),
  outlines: (files, load) => current().outlines(files, load),
  wake: () => current().wake(),
  close: async () => undefined,
};
