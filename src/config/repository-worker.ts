/**
 * Reads repository files in a thread of its own, where one that takes too long can be ended without anything else.
 * Started by `repository-reader.ts`.
 */
import { parentPort } from 'node:worker_threads';
import { checkRepositoryFile } from './repository-file.ts';

parentPort?.on('message', (text) => {
  parentPort?.postMessage(checkRepositoryFile(String(text)));
});
