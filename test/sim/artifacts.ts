import path from 'node:path';
import { wholeOf } from '../../src/domain/printed.ts';
import type { Laid, MemoryFolders } from '../../src/git/memory/folders.ts';
import { damaged } from '../../src/sandbox/artifact-format.ts';
import type { ArtifactPlace, Artifacts } from '../../src/sandbox/port.ts';

interface Packed {
  readonly plan: Readonly<Record<string, string>>;
  /** Null: it was deleted. */
  readonly files: readonly (readonly [path: string, bytes: string | null])[];
}

const bytesOf = (laid: Laid | undefined): string | null =>
  laid?.kind === 'file' ? laid.bytes.toString('base64') : null;

const file = (base64: string): Laid => ({
  kind: 'file',
  bytes: Buffer.from(base64, 'base64'),
  executable: false,
});

/** Artifacts of folders that are in memory. Plain files only: that is all that the story's tool writes. */
export const createMemoryArtifacts = (folders: MemoryFolders): Artifacts => {
  const planAt = ({ planDir }: ArtifactPlace): Packed['plan'] =>
    Object.fromEntries(
      [...(folders.files(planDir) ?? [])].map(([name, laid]) => [name, bytesOf(laid) ?? '']).sort(),
    );
  const read = (bytes: Buffer): Packed => JSON.parse(bytes.toString());
  return {
    pack: async ({ paths, ...place }) => {
      const plan = planAt(place);
      if (Object.keys(plan).length === 0) throw new Error('there is no plan');
      const files = paths.map((one) => [one, bytesOf(folders.files(place.checkout)?.get(one))] as const);
      const packed: Packed = { plan, files };
      return Buffer.from(JSON.stringify(packed));
    },
    unpack: async (bytes, place) => {
      const { plan, files } = read(bytes);
      const checkout = folders.files(place.checkout);
      for (const [one, content] of files)
        if (content === null) checkout?.delete(one);
        else checkout?.set(one, file(content));
      for (const [name, content] of Object.entries(plan))
        folders.files(place.planDir)?.set(name, file(content));
    },
    look: async (checkout, one, limit) => {
      const laid = folders.files(checkout)?.get(one);
      if (laid === undefined) return { kind: 'nothing' };
      if (laid.kind !== 'file') return { kind: 'odd' };
      if (laid.bytes.length > limit) return { kind: 'too-large' };
      return { kind: 'file', bytes: laid.bytes, executable: laid.executable };
    },
    put: async (at, content) => {
      const bytes = Buffer.isBuffer(content) ? content : await wholeOf({ chunks: () => content });
      folders.files(path.dirname(at))?.set(path.basename(at), { kind: 'file', bytes, executable: false });
    },
    verify: async (bytes, place) => {
      const { plan, files } = read(bytes);
      const checkout = folders.files(place.checkout);
      const differs = files.find(([one, content]) => bytesOf(checkout?.get(one)) !== content);
      if (JSON.stringify(plan) !== JSON.stringify(planAt(place)))
        throw damaged('the plan file is not as it was planned');
      if (differs !== undefined) throw damaged(`${differs[0]} is not as it was planned`);
    },
  };
};
