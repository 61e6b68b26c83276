import type { BoardRow } from './view.ts';

/** Projects below one folder of the repository. Never empty. */
export interface Folder {
  /** With a slash at its end; `./` for those that are in none. */
  readonly folder: string;
  readonly rows: readonly BoardRow[];
}

/** How many parts of their paths all have in common. */
const inCommon = (paths: readonly (readonly string[])[]): number => {
  const [first = []] = paths;
  let many = 0;
  while (
    many < first.length - 1 &&
    paths.every((parts) => parts.length > many + 1 && parts[many] === first[many])
  )
    many += 1;
  return many;
};

/** Projects by the topmost folder that tells them apart, the largest first. */
export const foldersOf = (rows: readonly BoardRow[]): readonly Folder[] => {
  const paths = rows.map(({ dir }) => dir.split('/'));
  const depth = inCommon(paths);
  const folders = new Map<string, BoardRow[]>();
  for (const [index, row] of rows.entries()) {
    const folder = `${(paths[index] ?? []).slice(0, depth + 1).join('/')}/`;
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, [row]);
    else known.push(row);
  }
  return [...folders]
    .map(([folder, all]) => ({ folder, rows: all }))
    .sort((a, b) => b.rows.length - a.rows.length);
};
