import path from 'node:path';
import { type Import, importsOf } from './imports.ts';
import type { Source } from './source.ts';

export interface Room {
  /** Rooms by name, or single files as `room/file.ts`, `*` for any room. The own room is always allowed. */
  readonly imports: readonly string[];
  /** Rooms that may be reached by `import()` only. */
  readonly dynamic?: readonly string[];
  /** Others see it through `<room>/port.ts`. */
  readonly port?: true;
  /** May it touch processes, disk, network and the like by itself? */
  readonly world: boolean;
}

export interface Rules {
  readonly rooms: Readonly<Record<string, Room>>;
  /** Package (a trailing `*` stands for any ending) -> the rooms, or folders of rooms, that may import it. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Built-in modules of Node that only compute. All others touch the world. */
  readonly pureBuiltins: readonly string[];
  /** Built-in modules that belong to some places only, wherever else the world may be touched. */
  readonly builtins: Readonly<Record<string, readonly string[]>>;
  /** Names of such modules that anybody who touches the world may import. */
  readonly free: Readonly<Record<string, readonly string[]>>;
  /** File -> built-in modules that it may import although its room may not, with the reason. */
  readonly exceptions: Readonly<
    Record<string, { readonly imports: readonly string[]; readonly reason: string }>
  >;
  /** Adapters of ports, as folders. None may know another one. */
  readonly adapters: readonly string[];
}

/** `src/flow/plan.ts` -> `flow`; `src/app.ts` -> `app`. */
export const roomOf = (file: string): string => (file.split('/')[1] ?? '').replace(/\.ts$/, '');

const isInside = (file: string, place: string): boolean =>
  file === `src/${place}.ts` || file.startsWith(`src/${place}/`);

const matches = (target: string, entry: string): boolean => {
  const inSource = target.replace(/^src\//, '');
  if (!entry.includes('/')) return roomOf(target) === entry;
  // `*/port.ts` is the port of any room, `store/blobs/port.ts` included.
  return entry.startsWith('*/') ? inSource.endsWith(entry.slice(1)) : inSource === entry;
};

/** Where a relative specifier leads. */
export const resolve = (file: string, specifier: string): string =>
  path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)).replace(/\.js$/, '.ts');

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

const checkFile = (rules: Rules, file: string, found: Import, target: string): string | null => {
  const name = roomOf(file);
  const room = rules.rooms[name];
  const other = roomOf(target);
  if (!target.startsWith('src/'))
    return `room \`${name}\` may not import \`${target}\`, which is not shipped: move what it needs into src/`;
  const adapter = rules.adapters.find((each) => isInside(target, each));
  const own = rules.adapters.find((each) => isInside(file, each));
  if (adapter !== undefined && own !== undefined && adapter !== own)
    return `adapter \`${own}\` may not import adapter \`${adapter}\`: what both need goes beside their port`;
  if (other === name || room === undefined) return null;
  if (room.imports.some((entry) => matches(target, entry))) return null;
  if (found.kind === 'dynamic' && room.dynamic?.includes(other)) return null;
  const remedy = room.dynamic?.includes(other)
    ? 'load it with `import()` where its role begins'
    : rules.rooms[other]?.port === true
      ? `take what you need through \`${other}/port.ts\`, as an argument from whoever starts it, or put the rule into \`domain\``
      : 'turn the dependency round: hand it what it needs as an argument';
  const allowed =
    room.imports.length === 0 ? 'nothing' : room.imports.map((each) => `\`${each}\``).join(', ');
  return `room \`${name}\` may not import \`${target}\` (it may import ${allowed}): ${remedy}`;
};

const checkBuiltin = (
  rules: Rules,
  file: string,
  found: Import & { readonly specifier: string },
): string | null => {
  const { specifier, names } = found;
  const name = roomOf(file);
  const isFree = names.length > 0 && names.every((each) => rules.free[specifier]?.includes(each));
  if (rules.exceptions[file]?.imports.includes(specifier)) return null;
  const homes = rules.builtins[specifier];
  if (homes !== undefined && !isFree) {
    if (homes.some((home) => isInside(file, home))) return null;
    return `room \`${name}\` may not import \`${specifier}\`, which belongs to ${homes.map((each) => `\`${each}\``).join(', ')}: go through that room's port`;
  }
  if (rules.rooms[name]?.world !== false || rules.pureBuiltins.includes(specifier)) return null;
  return `room \`${name}\` may not import \`${specifier}\`, for it touches the world: give the work to an adapter and take its port`;
};

const checkPackage = (rules: Rules, file: string, specifier: string): string | null => {
  const name = packageOf(specifier);
  const key = Object.keys(rules.packages).find((each) =>
    each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name,
  );
  const homes = key === undefined ? undefined : rules.packages[key];
  if (homes === undefined)
    return `package \`${name}\` belongs to no room: name its room in test/architecture.test.ts, or do without it`;
  if (homes.some((home) => isInside(file, home))) return null;
  return `room \`${roomOf(file)}\` may not import package \`${name}\`, which belongs to ${homes.map((each) => `\`${each}\``).join(', ')}: move the line there and take its result`;
};

/** One sentence for each import that the house does not allow. */
export const checkImports = (rules: Rules, source: Source): readonly string[] => {
  const { path: file } = source;
  if (!(roomOf(file) in rules.rooms))
    return [
      `${file}: room \`${roomOf(file)}\` is not in the table of test/architecture.test.ts: add it there with what it may import`,
    ];
  return importsOf(source).flatMap((found) => {
    const { specifier } = found;
    const complaint =
      specifier === null
        ? `room \`${roomOf(file)}\` computes what it imports, which no one can check: write the name out`
        : specifier.startsWith('.')
          ? checkFile(rules, file, found, resolve(file, specifier))
          : specifier.startsWith('node:')
            ? checkBuiltin(rules, file, { ...found, specifier })
            : checkPackage(rules, file, specifier);
    return complaint === null ? [] : [`${file}:${found.line}: ${complaint}.`];
  });
};
