import type { EventEmitter } from 'node:events';

/**
 * What has to be done when a test file ends, by modules that several files share one after another: hooks of their own would be those of
 * the first file alone. On the process, for test files and their setup need not share modules.
 */
const bus: EventEmitter = process;
const name = 'tidegate:test-file-ended';

export const atEndOfFile = (end: () => Promise<void>): void => {
  bus.on(name, (ends: Promise<void>[]) => void ends.push(end()));
};

export const endFile = async (): Promise<void> => {
  const ends: Promise<void>[] = [];
  bus.emit(name, ends);
  await Promise.all(ends);
};
