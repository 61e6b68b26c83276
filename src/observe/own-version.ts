import { readFile } from 'node:fs/promises';

/** Of Tidegate itself, as its package says it. */
export const ownVersion = async (): Promise<string> => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const found: unknown = JSON.parse(text);
  const isNamed = typeof found === 'object' && found !== null && 'version' in found;
  return isNamed ? String(found.version) : 'unknown';
};
