/**
 * Reads repository files in a process of its own, where one that takes too long, or too much memory, is ended without anything
 * else. Started by `repository-reader.ts`, and gone when that is.
 */
import { checkRepositoryFile } from './repository-file.ts';

process.on('message', (text) => {
  process.send?.(checkRepositoryFile(String(text)));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
