import type { FileFacts } from '../../port.ts';
import { codeOf } from './code.ts';
import { fileCallsIn, startsSafely } from './file-calls.ts';
import { pathAttributes, readsFiles, runsPrograms } from './risky-types.ts';
import { type Body, blocks, isBody, labelled } from './syntax.ts';

/**
 * Facts of one Terraform file, from the JSON form of its syntax.
 *
 * `selfContained` is true only where nothing in the file may read files outside its own folder and those below. It is false for
 * 1. `..` in any text but a module's `source` (three dots, the expansion operator, are something else);
 * 2. `path.cwd`, `abspath`, `pathexpand`, `dirname`: they climb, or name places from the top;
 * 3. a file function (`file`, `templatefile`, `fileset`, `filesha256` ...) whose path does not begin with `path.module`,
 *    `path.root` or plain text that is not absolute. A part that is filled in later, behind
 *    such a beginning, is taken to be a name;
 * 4. data sources that run a program (`external`, `*_script`, `*_exec` ...), and `archive_file`, `local_file` and
 *    the like with a path as in 3;
 * 5. provisioners: they run whatever they want.
 * A module `source` that is an expression is told apart: `code.modules`.
 * Text that only begins with `/` is left alone: names of log groups and parameters do, and a file outside the repository is
 * not one of its inputs.
 */

const climbs = /(?<!\.)\.\.(?!\.)/;
const climbers = /\bpath\s*\.\s*cwd\b|\b(abspath|pathexpand|dirname)\s*\(/;
/** What a path may begin with in an attribute, whose text is not quoted any more. */
const safePath = /^(?:\$\{\s*path\s*\.\s*(?:module|root)\s*\}|[^$/~\\%])/;

const textMayLeave = (text: string): boolean =>
  climbs.test(text) || climbers.test(text) || fileCallsIn(text).some(({ rest }) => !startsSafely(rest));

const mayLeave = (value: unknown): boolean => {
  if (typeof value === 'string') return textMayLeave(value);
  if (Array.isArray(value)) return value.some(mayLeave);
  return isBody(value) && Object.entries(value).some(([key, inner]) => textMayLeave(key) || mayLeave(inner));
};

const dataMayLeave = (type: string, body: Body): boolean => {
  if (runsPrograms.test(type)) return true;
  if (!readsFiles.test(type)) return false;
  return pathAttributes.some((name) => {
    const value = body[name];
    return value !== undefined && (typeof value !== 'string' || !safePath.test(value));
  });
};

const withoutSource = (module: Body): Body => ({ ...module, source: null });

/** `syntax` is the root of the file as JSON, `text` what it was made of; anything of an unexpected shape is looked through all the same. */
export const factsOf = (syntax: unknown, text: string): FileFacts => {
  const file = isBody(syntax) ? syntax : {};
  const modules = labelled(file['module']).map(([, body]) => body);
  const sources = modules.map((body) => body['source']);
  const plain = sources.filter((source) => typeof source === 'string' && !/[$%]\{/.test(source));
  const data = labelled(file['data']).flatMap(([type, named]) =>
    labelled(named).map(([, body]) => dataMayLeave(type, body)),
  );
  const resources = labelled(file['resource']).flatMap(([, named]) =>
    labelled(named).map(([, body]) => body),
  );
  const settings = blocks(file['terraform']);
  const backends = settings.flatMap((block) => labelled(block['backend']).map(([type]) => type));
  const hasCloud = settings.some((block) => block['cloud'] !== undefined);
  const { module: _module, ...others } = file;
  return {
    moduleSources: plain.filter((source) => typeof source === 'string'),
    hasOpenSource: plain.length < sources.length,
    backend: backends[0] ?? (hasCloud ? 'cloud' : null),
    hasProvider: labelled(file['provider']).length > 0,
    // A number is converted, as the tool does it.
    requiredVersions: settings
      .map((block) => block['required_version'])
      .filter((version) => version !== undefined && version !== null)
      .map(String),
    selfContained:
      !data.some(Boolean) &&
      !resources.some((body) => body['provisioner'] !== undefined) &&
      !mayLeave(others) &&
      !modules.some((body) => mayLeave(withoutSource(body))),
    error: null,
    code: codeOf(file, text),
  };
};
