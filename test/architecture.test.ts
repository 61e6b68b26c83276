/** The house, held to its plan: rooms and packages as `architecture/rules.ts` has them, sizes, names. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import {
  noBarrel,
  noEnvironment,
  noHeldTests,
  noShell,
  noTableByAnyKey,
  noTime,
  noWorldGlobals,
} from './architecture/code.ts';
import {
  checkMachinePaths,
  checkName,
  checkSizes,
  percentile,
  type SizeRules,
  sized,
} from './architecture/files.ts';
import { chainTo } from './architecture/reach.ts';
import { checkImports, type Rules } from './architecture/rooms.ts';
import { rules } from './architecture/rules.ts';
import { parseSource, type Source } from './architecture/source.ts';
import { badNames, codeThatMay, codeTwins, importsThatMay, importTwins } from './architecture/twins.ts';
import { integration, integrationInShort } from './integration.ts';

/** `domain` is stricter than the other pure rooms: of Node it may use this and nothing else. */
const domainBuiltins = ['node:crypto'];

const sizes: SizeRules = { stop: 400, percentile95: 300, exceptions: {} };

/** Names that others decide. */
const givenNames = new Set([
  'README.md',
  'LICENSE',
  'Dockerfile',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
]);

/** Describe files in which a key is called so; what starts processes is elsewhere. */
const mayNameShell = ['src/config/atlantis/steps-schema.ts', 'src/config/atlantis/server-schema.ts'];
const mayReadEnvironment = ['src/main.ts', 'src/app.ts', 'src/helm/main.ts'];
const pureRooms = Object.keys(rules.rooms).filter((name) => rules.rooms[name]?.world === false);

// What Git knows and what is about to be known: a file that is not added yet is checked as well.
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '' && existsSync(path));
const read = (path: string): string => readFileSync(path, 'utf8');
const codeUnder = (folder: string): readonly Source[] =>
  files
    .filter((path) => path.startsWith(folder) && path.endsWith('.ts') && !path.startsWith('test/fixtures/'))
    .map((path) => parseSource(path, read(path)));
const house = codeUnder('src/');
const tests = codeUnder('test/');
const byPath = (sources: readonly Source[]): ReadonlyMap<string, Source> =>
  new Map(sources.map((source) => [source.path, source]));

const domainRules: Rules = { ...rules, pureBuiltins: domainBuiltins };
const importsAllowed = (source: Source): readonly string[] =>
  checkImports(source.path.startsWith('src/domain/') ? domainRules : rules, source);
const code = {
  argv: noShell,
  environment: noEnvironment(mayReadEnvironment),
  time: noTime('src/clock/'),
  // A process of its own, that a stranger's file may end.
  globals: noWorldGlobals(pureRooms, ['src/config/repository-worker.ts']),
  heldTest: noHeldTests,
  barrel: noBarrel,
  table: noTableByAnyKey,
};

describe('the house', () => {
  test('was found', () => {
    expect(house.length).toBeGreaterThan(20);
    expect(tests.length).toBeGreaterThan(2);
  });

  test('imports point one way, and each package lives in its room', () => {
    expect(house.flatMap(importsAllowed)).toEqual([]);
  });

  test('each exception names a file that needs it', () => {
    const needless = Object.keys(rules.exceptions).filter((path) => {
      const source = byPath(house).get(path);
      return source === undefined || checkImports({ ...rules, exceptions: {} }, source).length === 0;
    });
    expect(needless).toEqual([]);
  });

  test('serve can not reach the hub, the cluster, the demo, the doctor, the audit command or those on a checkout', () => {
    const others = ['src/hub', 'src/cluster', 'src/demo', 'src/doctor', 'src/audit', 'src/cli'];
    expect(chainTo(byPath(house), 'src/app.ts', others)).toBeNull();
    expect(chainTo(byPath(house), 'src/main.ts', others, { dynamic: false })).toBeNull();
  });

  test('what follows a push without a pull request reaches nothing that begins a run', () => {
    const begin = ['src/flow/admit.ts', 'src/flow/jobs.ts', 'src/flow/plan.ts', 'src/flow/apply.ts'];
    expect(chainTo(byPath(house), 'src/flow/pending.ts', begin)).toBeNull();
    expect(chainTo(byPath(house), 'src/flow/ready.ts', begin)).not.toBeNull();
  });

  test('what lies in a checkout when a tool starts is decided in one place, besides that for a command that says projects', () => {
    const lays = (source: Pick<Source, 'text'>) => /\bgit\??\.(?:checkout|written)\b/.test(source.text);
    const laying = house.filter((source) => !source.path.startsWith('src/git/') && lays(source));
    expect(laying.map(({ path }) => path).sort()).toEqual(['src/flow/generate.ts', 'src/flow/lay-out.ts']);
    expect(lays({ text: 'await ports.git.checkout(1, tree, folder, rescue);' })).toBe(true);
  });

  test('no shell, no environment, no time and no world where they do not belong', () => {
    expect(
      house.flatMap((source) => [
        ...(mayNameShell.includes(source.path) ? [] : noShell(source)),
        ...code.environment(source),
        ...code.time(source),
        ...code.globals(source),
      ]),
    ).toEqual([]);
    expect(tests.flatMap(noShell)).toEqual([]);
  });

  test('no key of a stranger is looked up in what every object inherits', () => {
    // The stand-ins answer to us alone.
    const ours = house.filter(({ path }) => !/^src\/(?:hub|cluster|demo)\//.test(path));
    expect(ours.flatMap(noTableByAnyKey)).toEqual([]);
  });

  test('no barrel', () => {
    expect([...house, ...tests].flatMap(noBarrel)).toEqual([]);
  });

  test('every test runs', () => {
    expect(tests.flatMap(noHeldTests)).toEqual([]);
  });

  test('few of the short tests open the local GitHub', () => {
    // The hub itself, and every helper that starts one.
    const opens =
      /^(?:import |\} )(?!type).*from '.*\/(?:hub\/hub|hub\/world|demo\/world|story|signed-in-world|clinic|github-world)\.ts';$/m;
    const isIntegration = picomatch([...integration]);
    const opening = tests
      .filter(({ path }) => /^test\/(?!browser|walls|helm|matrix)\S+\.test\.ts$/.test(path))
      .filter(({ path, text }) => !isIntegration(path) && opens.test(text));
    expect(opening.map(({ path }) => path).sort()).toEqual(integrationInShort);
  });

  test('names say what is inside, in kebab-case', () => {
    const ours = files.filter(
      (path) => /^(src|test|runners|examples)\//.test(path) && !path.startsWith('test/fixtures/'),
    );
    expect(ours.flatMap((path) => checkName(path, givenNames))).toEqual([]);
  });

  test('files are short', async ({ annotate }) => {
    const sizesOfHouse = house.map(({ path, text }) => sized(path, text));
    const all = [...sizesOfHouse, ...tests.map(({ path, text }) => sized(path, text))];
    const lines = sizesOfHouse.map((file) => file.lines);
    await annotate(
      `src: ${lines.length} files, median ${percentile(lines, 0.5)} lines, 95 % under ${percentile(lines, 0.95)}`,
    );
    expect(checkSizes(sizes, all)).toEqual([]);
  });

  test('no path of one machine', () => {
    const text = files.filter(
      (path) => !/\.(png|jpe?g|gif|zip|wasm)$/.test(path) && !path.startsWith('test/fixtures/'),
    );
    expect(text.flatMap((path) => checkMachinePaths(path, read(path)))).toEqual([]);
  });
});

/** A rule that cannot fail guards nothing: each one sees a text that breaks it. */
describe('each rule catches what it forbids', () => {
  test.each(importTwins)('import: %s', (_what, path, text, complaint) => {
    const complaints = importsAllowed(parseSource(path, text));
    expect(complaints).toEqual([expect.stringContaining(complaint)]);
    expect(complaints[0]).toContain(path);
  });

  test.each(importsThatMay)('import: %s may', (path, text) => {
    expect(importsAllowed(parseSource(path, text))).toEqual([]);
  });

  test('the chain to the hub is shown, whatever kind of import it takes', () => {
    const sources = (link: string) =>
      byPath([
        parseSource('src/app.ts', "import { a } from './web/server.ts';"),
        parseSource('src/web/server.ts', link),
        parseSource('src/hub/hub.ts', 'export const hub = 1;'),
      ]);
    const chain = (link: string) => chainTo(sources(link), 'src/app.ts', ['src/hub']);
    const whole = ['src/app.ts', 'src/web/server.ts', 'src/hub/hub.ts'];
    expect(chain("import { hub } from '../hub/hub.ts';")).toEqual(whole);
    expect(chain("import type { Hub } from '../hub/hub.ts';")).toEqual(whole);
    expect(chain("await import('../hub/hub.ts');")).toEqual(whole);
    expect(chain("new Worker(new URL('../hub/hub.ts', import.meta.url));")).toEqual(whole);
    expect(chain('export const a = 1;')).toBeNull();
    const late = sources("await import('../hub/hub.ts');");
    expect(chainTo(late, 'src/app.ts', ['src/hub'], { dynamic: false })).toBeNull();
  });

  test.each(codeTwins)('code: %s', (_what, rule, text) => {
    const complaints = code[rule](parseSource('src/flow/plan.ts', text));
    expect(complaints).toEqual([expect.stringMatching(/^src\/flow\/plan\.ts:1: .+\.$/)]);
  });

  test.each(codeThatMay)('code: %s is fine', (_what, rule, text) => {
    expect(code[rule](parseSource('src/flow/plan.ts', text))).toEqual([]);
  });

  test('the environment is read in main and app, time in the clock', () => {
    for (const path of mayReadEnvironment)
      expect(code.environment(parseSource(path, "const a = process.env['A'];"))).toEqual([]);
    expect(code.time(parseSource('src/clock/system.ts', 'const now = () => Date.now();'))).toEqual([]);
    expect(code.time(parseSource('src/hub/hub.ts', 'const now = () => Date.now();'))).toHaveLength(1);
  });

  test.each(badNames)('name: %s', (path) => {
    expect(checkName(path, givenNames)).toHaveLength(1);
  });

  test('sizes: one that is too long, many that are long, an exception that is not needed', () => {
    const lines = (count: number) => 'a\n'.repeat(count);
    const rule = { stop: 400, percentile95: 300, exceptions: {} };
    expect(checkSizes(rule, [sized('src/a.ts', lines(400))])).toHaveLength(1);
    const short = Array.from({ length: 40 }, (_, index) => sized(`src/${index}.ts`, lines(60)));
    expect(checkSizes(rule, [...short, sized('src/a.ts', lines(400))])).toEqual([]);
    expect(checkSizes(rule, [...short, sized('src/a.ts', lines(401))])).toHaveLength(1);
    expect(
      checkSizes({ ...rule, exceptions: { 'src/a.ts': 'one table' } }, [
        ...short,
        sized('src/a.ts', lines(401)),
      ]),
    ).toEqual([]);
    expect(
      checkSizes({ ...rule, exceptions: { 'src/a.ts': 'one table' } }, [
        ...short,
        sized('src/a.ts', lines(60)),
      ]),
    ).toHaveLength(1);
  });

  test('paths of one machine', () => {
    for (const folder of ['work', 'farm']) {
      expect(checkMachinePaths('README.md', `fine\ncd /${folder}/main`)).toHaveLength(1);
      expect(checkMachinePaths('README.md', `see data/${folder}/main`)).toEqual([]);
    }
  });
});
