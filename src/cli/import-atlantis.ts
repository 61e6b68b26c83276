import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { argumentsOf } from '../arguments.ts';
import { type Imported, importRepository } from '../config/atlantis/import.ts';
import { asYaml, importServer } from '../config/atlantis/operator-part.ts';
import type { LeftFindings } from '../config/atlantis/read.ts';
import { atlantisHost } from '../config/atlantis-server.ts';
import type { Finding } from '../config/yaml.ts';
import { UserError } from '../domain/problem.ts';
import { printable, quoted } from '../domain/quote.ts';
import type { Terminal } from './terminal.ts';

/** What was carried over is there, and something has to be settled by hand before it is used. */
const unsettled = 3;

const orRefused =
  (what: string) =>
  (error: unknown): never => {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UserError({
      code: 'checkout-refused',
      sentence: `${quoted(what)} cannot be read or written${code}.`,
      advice:
        'Name the folder of a checkout with an `atlantis.yaml`, or a server-side repo config behind `--repo-config`; `--force` writes over a `tidegate.yaml` that is there.',
    });
  };

const lines = (file: string, found: readonly Finding[]): readonly string[] =>
  found.flatMap(({ line, column, sentence, advice }) => [
    printable(`${file}:${line}:${column}: ${sentence}`),
    ...(advice === '' ? [] : [printable(`  ${advice}`)]),
  ]);

const sayLeft = (terminal: Terminal, file: string, { refused, named }: LeftFindings): void => {
  for (const [words, found] of [
    ['Left out, and nothing depends on it:', named],
    ['To settle by hand, or another thing is planned, or less is asked for:', refused],
  ] as const)
    if (found.length > 0) for (const line of [words, ...lines(file, found), '']) terminal.say(line);
};

const readCheckout = async (folder: string, text: string) => {
  const all = await readdir(folder, { recursive: true });
  const files = new Set(all.filter((one) => !/(^|\/)(\.git|\.terraform|node_modules)\//.test(one)));
  const dirs = new Set(
    [...files].filter((one) => /\.(tf|tofu)(\.json)?$/.test(one)).map((one) => path.dirname(one)),
  );
  return importRepository(text, { dirs: [...dirs].sort(), hasFile: (one) => files.has(one) });
};

const write = async (target: string, { text }: Imported, force: boolean): Promise<void> => {
  const isThere = await stat(target).then(
    () => true,
    () => false,
  );
  if (isThere && !force) orRefused(target)(new Error('it is there'));
  await writeFile(target, text, { flag: force ? 'w' : 'wx' }).catch(orRefused(target));
};

const isNothing = (value: object): boolean => Object.keys(value).length === 0;

/**
 * `tidegate import-atlantis [DIR]`: writes the `tidegate.yaml` that says what the `atlantis.yaml` does, and names what is left. What
 * a server-side repo config comes to in the operator file is printed: that file is for people to look at.
 */
export const importAtlantis = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const { values, words } = argumentsOf(
    args,
    { 'repo-config': { type: 'string' }, force: { type: 'boolean', default: false } },
    1,
  );
  const folder = path.resolve(terminal.folder, words[0] ?? '.');
  const source = path.join(folder, 'atlantis.yaml');
  const config = values['repo-config'];
  const text = await readFile(source, 'utf8').catch((error: unknown) =>
    config !== undefined && words[0] === undefined ? null : orRefused(source)(error),
  );
  const read = text === null ? null : await readCheckout(folder, text);
  const server =
    config === undefined
      ? null
      : importServer(
          await readFile(path.resolve(terminal.folder, config), 'utf8').catch(orRefused(config)),
          atlantisHost(terminal.environment['GHE_HOST']),
        );
  for (const [file, one] of [
    ['atlantis.yaml', read],
    [config ?? '', server],
  ] as const)
    if (one !== null && 'findings' in one) {
      for (const line of lines(file, one.findings)) terminal.say(line);
      return 1;
    }
  const imported = read === null || 'findings' in read ? null : read;
  const part = server === null || 'findings' in server ? null : server;
  if (imported !== null) {
    sayLeft(terminal, 'atlantis.yaml', imported.left);
    const target = path.join(folder, 'tidegate.yaml');
    await write(target, imported, values.force);
    terminal.say(`Written: ${target}`);
    if (!isNothing(imported.workflows))
      await terminal.out(
        `# Programs that atlantis.yaml brought. They run only if the operator file has them: read each line first.\n${asYaml({ workflows: imported.workflows })}`,
      );
  }
  if (part !== null) {
    sayLeft(terminal, config ?? '', part.left);
    await terminal.out(`# For the operator file, in front of what is there:\n${asYaml(part.value)}`);
  }
  const open = [imported?.left.refused ?? [], part?.left.refused ?? []].flat().length;
  if (open === 0) return 0;
  terminal.say(`To settle by hand before any of it is used: ${open}. They are named above.`);
  return unsettled;
};
