/**
 * `npm run test:mutation`: small mistakes, one at a time, in the rules that decide, and a list of those that no test of
 * test/domain/rules finds. `-- --file TEXT` plays the files whose path has it.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { TestRunResult } from 'vitest/node';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Mutant, mutate } from './mutants.ts';
import { createStage, root } from './stage.ts';

const { values } = parseArgs({ options: { file: { type: 'string', default: '' } } });
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const started = performance.now();

const files = globSync(['src/domain/rules/*.ts', 'src/domain/verdict.ts', 'src/domain/merge-group.ts'], {
  cwd: root,
})
  .filter((file) => file.includes(values.file))
  .sort();
const mutants: Mutant[] = [];
const texts = new Map<string, string>();
for (const file of files) {
  const made = mutate(file, readFileSync(path.join(root, file), 'utf8'), mutants.length + 1);
  mutants.push(...made.mutants);
  texts.set(file, made.switched);
}

/** What nobody could tell from the original, each with the reason. */
const same = z
  .array(z.strictObject({ file: z.string(), original: z.string(), mutant: z.string(), reason: z.string() }))
  .parse(parse(readFileSync(path.join(import.meta.dirname, 'same.yaml'), 'utf8')))
  .filter(({ file }) => file.includes(values.file));

const said = (
  { testModules, unhandledErrors }: TestRunResult,
  what: 'found' | 'early',
): readonly number[] => {
  if (unhandledErrors.length > 0) throw new Error('the tests ended badly', { cause: unhandledErrors[0] });
  return testModules.flatMap(({ children }) =>
    [...children.allTests()].flatMap((test) => test.meta()[what] ?? []),
  );
};

const isGood = ({ testModules, unhandledErrors }: TestRunResult): boolean =>
  unhandledErrors.length === 0 && testModules.every((module) => module.ok());

const stage = await createStage('test/domain/rules', texts);
const found = new Set<number>();
try {
  const played = await stage.play(0, []);
  if (!isGood(played)) throw new Error('the tests fail without any mutant: run them first');
  for (const id of said(played, 'found')) found.add(id);
  for (const id of new Set(said(played, 'early')))
    if (!found.has(id) && !isGood(await stage.play(id, []))) found.add(id);
} finally {
  await stage.close();
}

const isSame = (mutant: Mutant): boolean =>
  same.some(
    (one) => one.file === mutant.file && one.original === mutant.original && one.mutant === mutant.mutant,
  );
const survivors = mutants.filter((mutant) => !found.has(mutant.id) && !isSame(mutant));
const stale = same.filter(
  (one) => !mutants.some((mutant) => !found.has(mutant.id) && mutant.file === one.file && isSame(mutant)),
);

for (const { file, line, original, mutant } of survivors) say(`${file}:${line}  ${original}  ->  ${mutant}`);
for (const { file, original, mutant } of stale)
  say(`${file}: same.yaml names a mutant that is not there, or is found: ${original}  ->  ${mutant}`);
const seconds = Math.round((performance.now() - started) / 1000);
say(
  `${mutants.length} mutants in ${files.length} files: ${found.size} found, ${same.length} the same, ${survivors.length} survived, ${seconds} s`,
);
process.exitCode = survivors.length + stale.length > 0 ? 1 : 0;
