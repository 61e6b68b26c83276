/** `module.NAME`, with an index or without. */
const moduleStep = /\.?module\.([^.[\]]+)(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\])?/y;

/** Names of the module calls in the address of a module, outermost first. */
export const callNames = (module: string | null): readonly string[] => {
  const names: string[] = [];
  moduleStep.lastIndex = 0;
  for (let found = moduleStep.exec(module ?? ''); found !== null; found = moduleStep.exec(module ?? ''))
    names.push(found[1] ?? '');
  return names;
};

/** An address without `count` and `for_each` in it, nor the quotes of JSON syntax around it. */
export const withoutIndexes = (address: string): string =>
  address
    .replace(/^"(.*)"$/, '$1')
    .replace(/\[(?:\\?"(?:[^"\\]|\\.)*?\\?"|[^\]]*)\]/g, '')
    .trim();

const pathStep = /\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\["(?:[^"\\]|\\.)*"\]/gy;

/** The names and numbers of a printed attribute path, up to the first step that is neither. */
export const pathSteps = (path: string): readonly (string | number)[] => {
  const steps: (string | number)[] = [];
  for (const [, name, index] of path.matchAll(pathStep)) {
    if (name === undefined && index === undefined) break;
    steps.push(name ?? Number(index));
  }
  return steps;
};
