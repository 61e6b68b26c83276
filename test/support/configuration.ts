import { afterAll } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { ConfigurationReader } from '../../src/runner/port.ts';
import { createConfigurationReader } from '../../src/runner/read/hcl.ts';

const reader = createConfigurationReader({ clock: createSystemClock() });
afterAll(() => reader.close());

/**
 * The real reader, one for all worlds of a test file: what it answers hangs on a file's bytes alone, and its process takes longer
 * to start than most stories take. Ends with the file.
 */
export const configuration: ConfigurationReader = { ...reader, close: async () => undefined };
