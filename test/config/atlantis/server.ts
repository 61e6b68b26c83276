import { asYaml, importServer } from '../../../src/config/atlantis/operator-part.ts';
import { parseOperatorFile } from '../../../src/config/operator-file.ts';
import type { OperatorSettings } from '../../../src/config/types.ts';
import { taken } from '../stories.ts';

const own = 'allow: ["*/*"]\natlantis: [{match: "*/*"}]\n';

const named = (text: string, more: string) =>
  parseOperatorFile(`${own}atlantis_repo_config: /etc/repos.yaml\n${more}`, 'operator.yaml', {
    name: '/etc/repos.yaml',
    text,
    host: 'github.com',
  });

/** The settings of a server whose operator file names this server-side repo config. */
export const serverWith = (text: string, more = ''): OperatorSettings => taken(named(text, more));

/** What is said where it is refused. */
export const refusedServer = (text: string, more = ''): string => {
  const parsed = named(text, more);
  return 'problem' in parsed ? `${parsed.problem.sentence} ${parsed.problem.advice}` : 'taken';
};

/** The same from what the command prints, written into the operator file by hand. */
export const printedServer = (
  text: string,
): { readonly settings: OperatorSettings; readonly text: string } => {
  const read = importServer(text, 'github.com');
  if ('findings' in read) throw new Error(JSON.stringify(read.findings));
  const printed = Object.keys(read.value).length === 0 ? '' : asYaml(read.value);
  const head = 'atlantis' in read.value ? 'allow: ["*/*"]\n' : own;
  return { settings: taken(parseOperatorFile(`${head}${printed}`, 'operator.yaml')), text: printed };
};

/** What is left of it: those that nothing depends on. */
export const namedIn = (text: string): readonly string[] => {
  const read = importServer(text, 'github.com');
  if ('findings' in read) throw new Error(JSON.stringify(read.findings));
  return read.left.named.map(({ line, sentence }) => `${line}: ${sentence}`);
};
