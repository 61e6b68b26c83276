/**
 * `npm run bench -- NAME... --against REV [--rounds N]`: the benches of this checkout and those of a commit, in turns, N times each
 * (five). Prints a table: the spread of both and what follows from it (`verdict.ts`).
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type FigureLine, figureLine, type Spread, spreadOf, verdictOf } from './verdict.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

const figuresIn = async (checkout: string, names: readonly string[]): Promise<readonly FigureLine[]> => {
  const { stdout } = await run(process.execPath, ['test/bench/main.ts', ...names], {
    cwd: checkout,
    maxBuffer: 1 << 26,
  });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => figureLine.parse(JSON.parse(line)));
};

const told = (spread: Spread): string => {
  const [least, middle, most] = [spread.least, spread.median, spread.most].map((one) =>
    Number(one.toPrecision(3)),
  );
  return `${middle} (${least} to ${most})`;
};

/** Exit status: 1 where a figure is worse than before and misses its aim, else 0. */
export const runPaired = async (
  names: readonly string[],
  { against, rounds }: { readonly against: string; readonly rounds: number },
): Promise<number> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-bench-'));
  const other = path.join(folder, 'checkout');
  await run('git', ['worktree', 'add', '--detach', '--quiet', other, against], { cwd: root });
  try {
    symlinkSync(path.join(root, 'node_modules'), path.join(other, 'node_modules'));
    const [now, before]: [FigureLine[], FigureLine[]] = [[], []];
    for (let round = 1; round <= rounds; round += 1) {
      process.stderr.write(`round ${round} of ${rounds}\n`);
      before.push(...(await figuresIn(other, names)));
      now.push(...(await figuresIn(root, names)));
    }
    const nameOf = ({ bench, case: name }: FigureLine): string => `${bench} ${name}`;
    const spreadIn = (lines: readonly FigureLine[], name: string): Spread =>
      spreadOf(lines.filter((line) => nameOf(line) === name).map(({ value }) => value));
    const rows = [...new Map(now.map((line) => [nameOf(line), line]))].map(([name, { aim, unit }]) => {
      const [its, mine] = [spreadIn(before, name), spreadIn(now, name)];
      const verdict = verdictOf(aim, mine, its);
      return { verdict, text: `| ${name} | ${aim} ${unit} | ${told(its)} | ${told(mine)} | ${verdict} |` };
    });
    process.stdout.write(`| Figure | Aim | ${against} | Now | |\n|:--|:--|:--|:--|:--|\n`);
    process.stdout.write(`${rows.map(({ text }) => text).join('\n')}\n`);
    return rows.some(({ verdict }) => verdict === 'worse') ? 1 : 0;
  } finally {
    await run('git', ['worktree', 'remove', '--force', other], { cwd: root });
    rmSync(folder, { recursive: true, force: true });
  }
};
