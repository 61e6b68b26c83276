/**
 * Base names of configuration files of one folder that a tool reads of those it detects: no hidden file, and OpenTofu none beside one of
 * the same name with its own ending. https://opentofu.org/docs/language/files/#opentofu-file-extensions
 */
export const readByTool = (names: readonly string[]): readonly string[] => {
  const all = new Set(names);
  return names.filter(
    (name) =>
      !name.startsWith('.') &&
      !(/\.tf(?:\.json)?$/.test(name) && all.has(name.replace(/\.tf(?=$|\.json$)/, '.tofu'))),
  );
};

/** Of files by path: those that a tool does not read although they look like configuration of its kind. */
export const passedOver = (
  paths: Iterable<string>,
  detects: (name: string) => boolean,
): ReadonlySet<string> => {
  const byFolder = Map.groupBy(paths, (path) => path.slice(0, path.lastIndexOf('/') + 1));
  const left = new Set<string>();
  for (const [folder, all] of byFolder) {
    const names = all.map((path) => path.slice(folder.length));
    const kept = new Set(readByTool(names.filter(detects)));
    for (const name of names) if (!kept.has(name)) left.add(`${folder}${name}`);
  }
  return left;
};
