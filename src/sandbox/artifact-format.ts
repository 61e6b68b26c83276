import { createHash } from 'node:crypto';
import { z } from 'zod';
import { refusedTarget } from '../domain/link-target.ts';
import { planFileName } from '../domain/plan-folder.ts';
import { UserError } from '../domain/problem.ts';

/**
 * A plan artifact is one line of JSON, the index, and then the bytes of every file of the plan's folder and of the checkout, each in
 * the index's order. The same files give the same bytes, so the artifact digest says whether two plans left the same behind.
 */

const size = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const path = z.string().min(1);

const entry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path, mode: z.int().min(0).max(0o777), size, sha256: hash }),
  z.strictObject({ kind: z.literal('link'), path, target: z.string().min(1) }),
  z.strictObject({ kind: z.literal('deleted'), path }),
]);

/** A file in the plan's folder. Its mode is none of a plan. */
const planned = z.strictObject({ path, size, sha256: hash });

const indexLine = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('tidegate-artifact/2'),
    plan: z.array(planned),
    entries: z.array(entry),
  }),
  /** Of a Tidegate that knew one file of a plan. */
  z
    .strictObject({
      format: z.literal('tidegate-artifact/1'),
      plan: z.strictObject({ size, sha256: hash }),
      entries: z.array(entry),
    })
    .transform(({ plan, entries }) => ({
      format: 'tidegate-artifact/2' as const,
      plan: [{ path: planFileName, ...plan }],
      entries,
    })),
]);

export type Entry = z.infer<typeof entry>;
export type Index = z.infer<typeof indexLine>;

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export const damaged = (what: string, cause?: unknown): UserError =>
  new UserError(
    {
      code: 'artifact-damaged',
      sentence: `The stored plan can not be used: ${what}.`,
      advice: 'Nothing was applied. Plan again with `/plan`.',
    },
    { cause },
  );

/** What people read of a file of the plan's folder. */
export const named = (path: string): string =>
  path === planFileName ? 'the plan file' : `${path} of the plan`;

/** The reason why a path is not one inside the checkout, or null. */
export const refusedPath = (text: string): string | null => {
  if (text === '' || text.includes('\0')) return 'it is empty or holds a NUL';
  if (text.startsWith('/')) return 'it is absolute';
  const names = text.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..'))
    return 'it holds `.`, `..` or an empty name';
  return null;
};

const refusedEntry = (one: Entry): string | null =>
  refusedPath(one.path) ?? (one.kind === 'link' ? refusedTarget(one.path, one.target) : null);

export interface Content {
  readonly index: Index;
  /** Files of the plan's folder, by path. */
  readonly planned: ReadonlyMap<string, Buffer>;
  /** Bytes of the `file` entries, by path. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** @param planned files of the plan's folder, in the order of their paths */
export const formatArtifact = (
  planned: readonly { readonly path: string; readonly bytes: Buffer }[],
  entries: readonly Entry[],
  files: readonly Buffer[],
): Buffer => {
  const index: Index = {
    format: 'tidegate-artifact/2',
    plan: planned.map(({ path, bytes }) => ({ path, size: bytes.length, sha256: sha256(bytes) })),
    entries: [...entries],
  };
  const plan = planned.map(({ bytes }) => bytes);
  return Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...plan, ...files]);
};

const parseIndex = (line: string): Index => {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch (error) {
    throw damaged('its index is not JSON', error);
  }
  const parsed = indexLine.safeParse(content);
  if (!parsed.success) throw damaged('its index has another shape', parsed.error);
  return parsed.data;
};

/** Checks everything that can be known without a disk; throws UserError `artifact-damaged`. */
export const parseArtifact = (bytes: Buffer): Content => {
  const end = bytes.indexOf(0x0a);
  if (end < 0) throw damaged('it has no index');
  const index = parseIndex(bytes.toString('utf8', 0, end));
  let at = end + 1;
  const take = (part: { readonly size: number; readonly sha256: string }, name: string): Buffer => {
    const piece = bytes.subarray(at, at + part.size);
    at += part.size;
    if (piece.length !== part.size) throw damaged(`\`${name}\` is cut short`);
    if (sha256(piece) !== part.sha256) throw damaged(`\`${name}\` has other bytes than were planned`);
    return piece;
  };
  const planned = new Map<string, Buffer>();
  let last: string | null = null;
  for (const one of index.plan) {
    const refused = refusedPath(one.path);
    if (refused !== null)
      throw damaged(`${JSON.stringify(one.path)} is not a path of the plan's folder: ${refused}`);
    if (last !== null && !(last < one.path))
      throw damaged(`${JSON.stringify(one.path)} of the plan's folder is twice or out of order in its index`);
    last = one.path;
    planned.set(one.path, take(one, named(one.path)));
  }
  const files = new Map<string, Buffer>();
  last = null;
  for (const one of index.entries) {
    const refused = refusedEntry(one);
    if (refused !== null)
      throw damaged(`${JSON.stringify(one.path)} is not a path of the checkout: ${refused}`);
    if (last !== null && !(last < one.path))
      throw damaged(`${JSON.stringify(one.path)} is twice or out of order in its index`);
    last = one.path;
    if (one.kind === 'file') files.set(one.path, take(one, one.path));
  }
  if (at !== bytes.length) throw damaged('there are bytes after its end');
  return { index, planned, files };
};
