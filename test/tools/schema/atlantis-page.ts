import {
  type AtlantisKey,
  discoveryKeys,
  repositoryKeys,
  serverKeys,
  stepKeys,
} from '../../../src/config/atlantis/keys.ts';
import { asYaml, importServer } from '../../../src/config/atlantis/operator-part.ts';

const tables: Readonly<Record<string, readonly AtlantisKey[]>> = {
  repository: repositoryKeys,
  server: serverKeys,
  discovery: discoveryKeys,
  steps: stepKeys,
};

const inCell = (text: string): string => text.replaceAll('|', '\\|');

/** Names as they are typed; what is only described stays as it is. */
const named = (key: string): string => (/ /.test(key) && !/^--/.test(key) ? key : `\`${key}\``);

const tableOf = (keys: readonly AtlantisKey[]): string =>
  [
    '| Key | | What becomes of it |',
    '|:--|:--|:--|',
    ...keys.map(
      ({ key, how, words }) =>
        `| ${inCell(named(key))} | ${how === 'read' ? 'read' : 'instead'} | ${inCell(words)} |`,
    ),
  ].join('\n');

/** The example of this kind on the page. */
export const exampleIn = (page: string, kind: string): string => {
  const found = new RegExp(`\`\`\`yaml ${kind}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`the page has no example of ${kind}`);
  const indent = /^ */.exec(found)?.[0] ?? '';
  return found.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
};

/** The page with what is made from the code: the tables of keys, and what the example comes to. */
export const withMadeParts = (page: string): string => {
  const read = importServer(exampleIn(page, 'repos'), 'github.com');
  if ('findings' in read) throw new Error(read.findings[0]?.sentence);
  return page
    .replace(/(```yaml printed\n)[\s\S]*?```/, (_, head: string) => `${head}${asYaml(read.value)}\`\`\``)
    .replaceAll(
      /<!-- keys: (\w+) -->\n[\s\S]*?(?=\n(?:###|\[Why))/g,
      (_, name: string) => `<!-- keys: ${name} -->\n\n${tableOf(tables[name] ?? [])}\n`,
    );
};
