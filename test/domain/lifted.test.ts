import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Configuration } from '../../src/domain/declared/chain.ts';
import type { FolderFile } from '../../src/domain/declared/folder.ts';
import { liftedIn } from '../../src/domain/declared/lifted.ts';
import type { Argument, Block } from '../../src/domain/declared/outline.ts';
import { type RepoPath, repoPath } from '../../src/domain/repo-path.ts';

const argument = (name: string, text: string): Argument => ({
  name,
  line: 3,
  endLine: 3,
  digest: text,
  text,
  refs: [],
});
const block = (type: string, labels: readonly string[], inside: Partial<Block>): Block => ({
  type,
  labels,
  line: 1,
  endLine: 9,
  digest: '',
  arguments: [],
  blocks: [],
  ...inside,
});

const guards = ['true', '"true"', 'false', 'var.x', 'none'] as const;
type GuardText = (typeof guards)[number];

/** A resource's guard by its name, and a folder's calls by their names. */
interface Folder {
  readonly resources: Readonly<Record<string, GuardText>>;
  readonly calls: Readonly<Record<string, string>>;
  /** How its blocks are spread over files. */
  readonly files: number;
}
type Model = Readonly<Record<string, Folder>>;

const names = ['a', 'b', 'c'];
const folders = ['root', 'one', 'two'];
const folder = (callable: readonly string[]): fc.Arbitrary<Folder> =>
  fc.record({
    resources: fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...guards)),
    calls:
      callable.length === 0
        ? fc.constant({})
        : fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...callable)),
    files: fc.integer({ min: 1, max: 3 }),
  });
// Calls go down only: a tool refuses circles.
const model: fc.Arbitrary<Model> = fc.record({
  root: folder(['one', 'two']),
  one: folder(['two']),
  two: folder([]),
});

const blocksOf = ({ resources, calls }: Folder): readonly Block[] => [
  ...Object.entries(resources).map(([name, guard]) =>
    block('resource', ['x', name], {
      blocks:
        guard === 'none' ? [] : [block('lifecycle', [], { arguments: [argument('prevent_destroy', guard)] })],
    }),
  ),
  ...Object.entries(calls).map(([name, source]) =>
    block('module', [name], { arguments: [argument('source', `"../${source}"`)] }),
  ),
];

const configurationOf = (of: Model): Configuration => ({
  root: repoPath('root'),
  folders: new Map<RepoPath, readonly FolderFile[]>(
    folders.map((name) => {
      const one = of[name];
      const all = one === undefined ? [] : blocksOf(one);
      const files = Array.from({ length: one?.files ?? 0 }, (_, at) => ({
        name: `${at}.tf`,
        path: `${name}/${at}.tf`,
        outline: {
          blocks: all.filter((_block, index) => index % (one?.files ?? 1) === at),
          arguments: [],
          error: null,
        },
      }));
      return [repoPath(name), files];
    }),
  ),
  variables: [],
  mayBeSet: () => false,
});

/** Every address of a model with its guard, as a tool would walk it. */
const addresses = (of: Model, at = 'root', prefix = ''): readonly (readonly [string, GuardText])[] => [
  ...Object.entries(of[at]?.resources ?? {}).map(([name, guard]) => [`${prefix}x.${name}`, guard] as const),
  ...Object.entries(of[at]?.calls ?? {}).flatMap(([name, to]) =>
    addresses(of, to, `${prefix}module.${name}.`),
  ),
];

const isOn = (guard: GuardText | undefined): boolean => guard === 'true' || guard === '"true"';

test('whatever is protected and is not any more is told, and nothing else is', () => {
  fc.assert(
    fc.property(model, model, (base, now) => {
      const found = liftedIn({ base: configurationOf(base), now: configurationOf(now) });
      const after = new Map(addresses(now));
      const before = new Map(addresses(base));
      // An expression in another module may be another value: that is a question of its own.
      const isTwice = (guards: ReadonlyMap<string, string>, name: string) => guards.get(name) === 'var.x';
      fc.pre(![...before.keys()].some((name) => isTwice(before, name) && isTwice(after, name)));
      const expected = addresses(base).flatMap(([address, was]) => {
        const is = after.get(address);
        if ((!isOn(was) && was !== 'var.x') || isOn(is)) return [];
        const words = { none: 'absent', false: 'false', 'var.x': 'maybe', true: '', '"true"': '' } as const;
        return [is === undefined ? 'gone' : words[is]];
      });
      // What one block is for is told once, with its number.
      const told = found.flatMap(({ now: what, more }) => Array.from({ length: more + 1 }, () => what));
      expect(told.toSorted()).toEqual(expected.toSorted());
      for (const { address } of found) expect(addresses(base).map(([name]) => name)).toContain(address);
    }),
    { numRuns: 1_000 },
  );
});

test('of a configuration that stays as it is nothing is told', () => {
  fc.assert(
    fc.property(model, (same) => {
      expect(liftedIn({ base: configurationOf(same), now: configurationOf({ ...same }) })).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});
