import { wrong } from './stopped.ts';
import type { Tools } from './tools.ts';

/** `--labels`, `--dry-run=server` and `get metadata` came with it; `--take-ownership` with 3.17. */
const oldest = [3, 17] as const;

/** Of the helm on the PATH, without the `v`. Throws Stopped for one that is too old, or newer than what is known. */
export const askVersion = async (tools: Tools): Promise<string> => {
  const said = await tools.helmSays('helm does not say its version', [
    'version',
    '--template',
    '{{.Version}}',
  ]);
  const match = /v?((\d+)\.(\d+)\.\d+[\w.+-]*)/.exec(said);
  const [major, minor] = [Number(match?.[2]), Number(match?.[3])];
  const isKnown = (major === oldest[0] && minor >= oldest[1]) || major === 4;
  if (match?.[1] === undefined || !isKnown)
    throw wrong(`helm ${said.trim().slice(0, 40)} is not one that this is for: 3.17 and later of 3, or 4.`);
  return match[1];
};

export const majorOf = (version: string): number => Number(version.split('.')[0]);
