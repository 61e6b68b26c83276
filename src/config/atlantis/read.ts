import { explainIssues } from '../explain.ts';
import type { CheckedFile } from '../repository-file.ts';
import { repositorySchema } from '../repository-schema.ts';
import { asYamlText, type Finding, type PlainYaml, readPlainYaml, type YamlText } from '../yaml.ts';
import { type Converted, convertAtlantis } from './convert.ts';
import { convertedPlaces } from './places.ts';
import { atlantisSchema } from './repository-schema.ts';
import { hasPrograms } from './steps.ts';
import type { AtlantisWorkflow } from './steps-schema.ts';

/** `atlantis.yaml`, taken apart: in our words, and with its lines. */
export interface ReadAtlantis {
  readonly converted: Converted;
  /** Its workflows that run programs, as they are written. */
  readonly programs: Readonly<Record<string, AtlantisWorkflow>>;
  readonly yaml: PlainYaml;
}

/** The text in the words of `tidegate.yaml`, not held against that yet; or what is wrong with it as what it is. */
export const readAtlantis = (text: string): ReadAtlantis | { readonly findings: readonly Finding[] } => {
  const yaml = readPlainYaml(text, 'written out');
  if ('findings' in yaml) return yaml;
  const checked = atlantisSchema.safeParse(yaml.value);
  if (!checked.success) return { findings: explainIssues(checked.error.issues, asYamlText(yaml)) };
  const { workflows = {} } = checked.data;
  const programs = Object.fromEntries(Object.entries(workflows).filter(([, one]) => hasPrograms(one)));
  return { converted: convertAtlantis(checked.data), programs, yaml };
};

/** What is left of a file, each with its line. */
export interface LeftFindings {
  /** Without it another thing would be planned, or less be asked. */
  readonly refused: readonly Finding[];
  /** Nothing depends on it. */
  readonly named: readonly Finding[];
}

/** What is left of a file as findings with their lines. */
export const leftAsFindings = (
  left: Converted['left'],
  source: Pick<YamlText, 'place' | 'placeOfKey'>,
): LeftFindings => {
  const findings = (those: Converted['left']) =>
    those
      .map(({ path, sentence, advice }) => {
        const key = path.at(-1);
        const place =
          typeof key === 'string' ? source.placeOfKey(path.slice(0, -1), key) : source.place(path);
        return { ...place, sentence, advice };
      })
      .sort((a, b) => a.line - b.line || a.column - b.column)
      // A workflow is read for each project that has it.
      .filter(
        ({ line, column, sentence }, at, all) =>
          all.findIndex((one) => one.line === line && one.column === column && one.sentence === sentence) ===
          at,
      );
  return {
    refused: findings(left.filter(({ blocks }) => blocks)),
    named: findings(left.filter(({ blocks }) => !blocks)),
  };
};

const inOurWords = (one: Finding): Finding => ({
  ...one,
  sentence: `In the words of \`tidegate.yaml\`: ${one.sentence}`,
});

/** What was converted, held against the format of `tidegate.yaml`, with the lines of `atlantis.yaml`. */
export const checkConverted = ({ converted, yaml: source }: ReadAtlantis): CheckedFile => {
  const yaml = { value: converted.file, places: convertedPlaces(source.places) };
  const checked = repositorySchema.safeParse(converted.file);
  return checked.success
    ? { raw: checked.data, yaml, format: 'atlantis' }
    : {
        findings: explainIssues(checked.error.issues, { ...asYamlText(yaml), has: () => true }).map(
          inOurWords,
        ),
      };
};

/** `atlantis.yaml` as the `tidegate.yaml` that says the same. Takes its time from the text, as that does. */
export const checkAtlantisFile = (text: string): CheckedFile => {
  const read = readAtlantis(text);
  if ('findings' in read) return read;
  const { refused } = leftAsFindings(read.converted.left, asYamlText(read.yaml));
  return refused.length > 0 ? { findings: refused } : checkConverted(read);
};
