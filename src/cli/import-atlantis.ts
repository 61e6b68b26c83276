import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { argumentsOf } from '../arguments.ts';
import { importRepository } from '../config/atlantis/import.ts';
import { asYaml, importServer } from '../config/atlantis/operator-part.ts';
import type { Finding } from '../config/yaml.ts';
import { UserError } from '../domain/problem.ts';
import { printable, quoted } from '../domain/quote.ts';
import type { Terminal } from './terminal.ts';

const orRefused =
  (what: string) =>
  (error: unknown): never => {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UserError({
      code: 'checkout-refused',
      sentence: `${quoted(what)} cannot be read or written${code}.`,
      advice:
        'Name the folder of a checkout with an `atlantis.yaml`; `--force` writes over a `tidegate.yaml` that is there.',
    });
  };

const lines = (file: string, found: readonly Finding[]): string =>
  found
    .map(({ line, column, sentence, advice }) =>
      printable(`${file}:${line}:${column}: ${sentence} ${advice}`.trim()),
    )
    .join('\n');

/** `tidegate import-atlantis [DIR]`: writes the `tidegate.yaml` that says what the `atlantis.yaml` does, and names what is left. */
export const importAtlantis = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const { values, words } = argumentsOf(
    args,
    { 'repo-config': { type: 'string' }, force: { type: 'boolean', default: false } },
    1,
  );
  const folder = path.resolve(terminal.folder, words[0] ?? '.');
  const source = path.join(folder, 'atlantis.yaml');
  const text = await readFile(source, 'utf8').catch(orRefused(source));
  const all = await readdir(folder, { recursive: true });
  const files = new Set(all.filter((one) => !/(^|\/)(\.git|\.terraform|node_modules)\//.test(one)));
  const dirs = new Set(
    [...files].filter((one) => /\.(tf|tofu)(\.json)?$/.test(one)).map((one) => path.dirname(one)),
  );
  const read = importRepository(text, { dirs: [...dirs].sort(), hasFile: (one) => files.has(one) });
  if ('findings' in read) {
    terminal.say(lines('atlantis.yaml', read.findings));
    return 1;
  }
  const config = values['repo-config'];
  const server =
    config === undefined
      ? null
      : importServer(await readFile(path.resolve(terminal.folder, config), 'utf8').catch(orRefused(config)));
  if (server !== null && 'findings' in server) {
    terminal.say(lines(config ?? '', server.findings));
    return 1;
  }
  if (read.left.length > 0) terminal.say(lines('atlantis.yaml', read.left));
  if (server !== null && server.left.length > 0) terminal.say(lines(config ?? '', server.left));
  if (read.problem !== null) {
    terminal.say(read.problem);
    return 1;
  }
  const target = path.join(folder, 'tidegate.yaml');
  const isThere = await stat(target).then(
    () => true,
    () => false,
  );
  if (isThere && !values.force) orRefused(target)(new Error('it is there'));
  await writeFile(target, read.text, { flag: values.force ? 'w' : 'wx' }).catch(orRefused(target));
  terminal.say(`Written: ${target}`);
  if (server !== null) await terminal.out(`# For the operator file:\n${asYaml(server.part)}`);
  return 0;
};
