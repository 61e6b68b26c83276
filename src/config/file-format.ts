import { checkAtlantisFile } from './atlantis/read.ts';
import { type CheckedFile, checkRepositoryFile } from './repository-file.ts';
import type { FileFormat } from './types.ts';

/** Reads a text by its format; its time grows with the text. */
export const checkFile = (text: string, format: FileFormat): CheckedFile =>
  format === 'atlantis' ? checkAtlantisFile(text) : checkRepositoryFile(text);
