/**
 * Reads repository files in a process of its own, where one that takes too long, or too much memory, is ended without anything
 * else. Started by `repository-reader.ts`, and gone when that is.
 */
import { checkFile } from './file-format.ts';

process.on('message', (asked) => {
  if (!(asked instanceof Object && 'text' in asked && 'format' in asked)) return;
  process.send?.(checkFile(String(asked.text), asked.format === 'atlantis' ? 'atlantis' : 'tidegate'));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
