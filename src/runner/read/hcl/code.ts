import type {
  BackendUse,
  CodeFacts,
  FileRead,
  LockedProvider,
  ModuleUse,
  ProviderUse,
  RiskyBlock,
} from '../../../domain/trust/code-facts.ts';
import { digestOf } from '../../../domain/trust/digest.ts';
import { canonical } from '../canonical.ts';
import { fileCallsIn, knownPath } from './file-calls.ts';
import { createLineFinder, type FindLine } from './lines.ts';
import { asksAddresses, namesPrograms, pathAttributes, readsFiles, runsPrograms } from './risky-types.ts';
import { type Body, blocks, isBody, labelled, textsIn } from './syntax.ts';

const callers = ['data', 'ephemeral', 'action', 'list'] as const;

const clip = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text).toWellFormed();

interface Named {
  /** `data`, `resource` ... */
  readonly block: string;
  readonly type: string;
  readonly name: string;
  readonly body: Body;
}

const namedIn = (file: Body, block: string): readonly Named[] =>
  labelled(file[block]).flatMap(([type, named]) =>
    labelled(named).map(([name, body]) => ({ block, type, name, body })),
  );

/** What reads or runs while a plan is made, wherever it may stand: `check` blocks have data sources of their own. */
const callsIn = (file: Body): readonly Named[] => [
  ...callers.flatMap((block) => namedIn(file, block)),
  ...labelled(file['check']).flatMap(([, body]) => namedIn(body, 'data')),
];

/** What a first look is about, from the JSON form of a file's syntax and the text that it was made of. */
export const codeOf = (syntax: unknown, text: string): CodeFacts => {
  const find = createLineFinder(text);
  const file = isBody(syntax) ? syntax : {};
  const settings = blocks(file['terraform']);
  const calls = callsIn(file);
  const resources = namedIn(file, 'resource');
  return {
    providers: providersIn(file, settings, [...calls, ...resources], find),
    modules: modulesIn(file, find),
    blocks: [
      ...calls.flatMap((call) => riskOf(call, find)),
      ...resources.flatMap((resource) => provisionersIn(resource, find)),
      // What goes may have something run when it is destroyed.
      ...blocks(file['removed']).flatMap((body) =>
        provisionersIn({ block: 'removed', type: 'removed', name: textFrom(body['from']), body }, find),
      ),
      ...labelled(file['provider']).flatMap(([name, body]) => providerRisk(name, body, find)),
      ...keyPrograms(settings, find),
    ],
    reads: [...calls.flatMap((call) => pathsOf(call, find)), ...readsIn(file, find)],
    backends: backendsIn(settings, find),
    encryptions: encryptionsIn(settings, find),
    imports: blocks(file['import']).map(digestOf),
    locked: lockedIn(file, find),
    charts: [],
  };
};

const headerOf = ({ block, type, name }: Named): readonly string[] =>
  block === 'removed' ? [block] : [block, type, name];

const textFrom = (value: unknown): string =>
  typeof value === 'string' ? value.replace(/^\$\{|\}$/g, '') : 'something';

const keysIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  return isBody(value) ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]) : [];
};

/** A provider that is told to run a program does so in every plan. What is filled in later are names and regions, most often. */
const providerRisk = (name: string, body: Body, find: FindLine): readonly RiskyBlock[] => {
  if (name.includes('/') || !keysIn(body).some((key) => namesPrograms.test(key))) return [];
  const texts = textsIn(body).filter((text) => !text.replace(/\$\{\s*path\s*\./g, '').includes('${'));
  const line = find(['provider', name]);
  return [
    { kind: 'program', subject: clip(`provider.${name}`), digest: digestOf([name, body]), texts, line },
  ];
};

const riskOf = (call: Named, find: FindLine): readonly RiskyBlock[] => {
  const { block, type, name, body } = call;
  const kind = runsPrograms.test(type)
    ? 'program'
    : asksAddresses.test(type)
      ? 'http'
      : type === 'terraform_remote_state'
        ? 'remote_state'
        : null;
  if (kind === null) return [];
  // `query` goes to the program as data; all else may say what is run.
  const { query: _query, ...steering } = body;
  const texts = kind === 'program' ? textsIn(steering) : [];
  const line = find(headerOf(call));
  return [{ kind, subject: clip(`${block}.${type}.${name}`), digest: digestOf([type, body]), texts, line }];
};

const provisionersIn = (resource: Named, find: FindLine): readonly RiskyBlock[] => {
  const { type, name, body } = resource;
  const header = headerOf(resource);
  const provisioners = labelled(body['provisioner']);
  const found = provisioners.map(([how, inner], place) => {
    const index = provisioners.slice(0, place).filter(([other]) => other === how).length;
    return { what: how, inner, line: find(header, ['provisioner', how], index) };
  });
  const connection = blocks(body['connection']).map((inner) => ({
    what: 'connection',
    inner,
    line: find(header, ['connection']),
  }));
  return [...found, ...connection].map(({ what, inner, line }) => ({
    kind: 'provisioner' as const,
    subject: clip(`${type}.${name}: ${what}`),
    digest: digestOf([what, inner]),
    texts: textsIn(inner),
    line,
  }));
};

/** Data sources of files: by the path that they are given. */
const pathsOf = (call: Named, find: FindLine): readonly FileRead[] => {
  const { block, type, name, body } = call;
  if (runsPrograms.test(type) || !readsFiles.test(type)) return [];
  return pathAttributes.flatMap((attribute) => {
    const value = body[attribute];
    if (value === undefined) return [];
    const path = typeof value === 'string' ? knownPath(`"${value}"`) : null;
    return [{ subject: clip(`${block}.${type}.${name}`), path, line: find(headerOf(call)) }];
  });
};

const climbs = /^[^$%"`'(){}\s]*\.\.\/[^$%"`'(){}\s]*$/;

const readsIn = (file: Body, find: FindLine): readonly FileRead[] => {
  // Where modules come from is another question.
  const { module, terraform: _terraform, ...rest } = file;
  const modules = labelled(module).map(([, { source: _source, ...body }]) => body);
  const found = new Map<string, FileRead>();
  for (const written of [...textsIn(rest), ...textsIn(modules)]) {
    for (const { call, rest: argument } of fileCallsIn(written)) {
      const subject = clip(`${call}${/^[^,)]*/.exec(argument)?.[0] ?? ''})`);
      found.set(subject, { subject, path: knownPath(argument), line: find([call]) });
    }
    // Nothing reads it here, and it is a path that climbs: whoever is given it does.
    if (climbs.test(written))
      found.set(written, { subject: clip(written), path: written, line: find([written]) });
  }
  return [...found.values()];
};

const isPlainText = (value: unknown): value is string => typeof value === 'string' && !/[$%]\{/.test(value);

const sourceAndVersion = (
  source: unknown,
  version: unknown,
): Pick<ModuleUse, 'source' | 'version' | 'isPlain'> => {
  const isPlain = isPlainText(source) && source.length <= 1_000;
  const isPlainVersion = version === undefined || version === null || isPlainText(version);
  return {
    source: isPlain ? source : clip(canonical(source ?? null)),
    version: typeof version === 'string' ? clip(version) : null,
    isPlain: isPlain && isPlainVersion,
  };
};

const modulesIn = (file: Body, find: FindLine): readonly ModuleUse[] =>
  labelled(file['module']).map(([name, body]) => ({
    name: clip(name),
    ...sourceAndVersion(body['source'], body['version']),
    line: find(['module', name]),
  }));

/** What a text of the file says without an expression; null: it is none, or says more than a path needs. */
const plainText = (value: unknown): string | null =>
  typeof value === 'string' && !/[$%]\{/.test(value) && value.length <= 1_000 ? value : null;

const settingsUse = (type: string, body: Body, line: number | null): BackendUse => ({
  type: clip(type),
  digest: digestOf(body),
  isEmpty: Object.keys(body).length === 0,
  isPlain: !textsIn(body).some((value) => /[$%]\{/.test(value)),
  localPath: type === 'local' ? plainText(body['path']) : null,
  localWorkspaceDir: type === 'local' ? plainText(body['workspace_dir']) : null,
  line,
});

const backendsIn = (settings: readonly Body[], find: FindLine): readonly BackendUse[] =>
  settings.flatMap((block) => [
    ...labelled(block['backend']).map(([type, body]) => settingsUse(type, body, find(['backend', type]))),
    ...blocks(block['cloud']).map((body) => settingsUse('cloud', body, find(['cloud']))),
  ]);

const encryptionsIn = (settings: readonly Body[], find: FindLine): readonly BackendUse[] =>
  settings.flatMap((block) =>
    blocks(block['encryption']).map((body) => settingsUse('encryption', body, find(['encryption']))),
  );

/** A program that gives keys runs before everything else. https://opentofu.org/docs/language/state/encryption/ */
const keyPrograms = (settings: readonly Body[], find: FindLine): readonly RiskyBlock[] =>
  settings
    .flatMap((block) => blocks(block['encryption']))
    .flatMap((encryption) =>
      ['key_provider', 'method'].flatMap((block) =>
        labelled(encryption[block])
          .filter(([type]) => type === 'external')
          .flatMap(([type, named]) =>
            labelled(named).map(([name, body]) => ({
              kind: 'program' as const,
              subject: clip(`${block}.${type}.${name}`),
              digest: digestOf([type, body]),
              texts: textsIn(body),
              line: find([block, type, name]),
            })),
          ),
      ),
    );

const localName = /^(?:\$\{\s*)?([A-Za-z0-9_-]+)/;

const providersIn = (
  file: Body,
  settings: readonly Body[],
  used: readonly Named[],
  find: FindLine,
): readonly ProviderUse[] => {
  const required = settings
    .flatMap((block) => blocks(block['required_providers']))
    .flatMap((all) => Object.entries(all))
    .map(([name, wanted]) => {
      const source = isBody(wanted) && typeof wanted['source'] === 'string' ? wanted['source'] : null;
      return {
        name: clip(name),
        source: source === null ? null : clip(source),
        line: find(['required_providers'], [name]),
      };
    });
  const names = new Map<string, number | null>();
  const use = (name: string | undefined, line: () => number | null): void => {
    if (name !== undefined && !names.has(name)) names.set(name, line());
  };
  // A slash is in the names of a lock file only.
  for (const [name] of labelled(file['provider']))
    if (!name.includes('/')) use(name, () => find(['provider', name]));
  for (const one of used) {
    const { provider } = one.body;
    const name = typeof provider === 'string' ? localName.exec(provider)?.[1] : one.type.split('_', 1)[0];
    use(name, () => find(headerOf(one)));
  }
  for (const [, body] of labelled(file['module']))
    for (const given of blocks(body['providers']).flatMap((all) => Object.values(all)))
      if (typeof given === 'string') use(localName.exec(given)?.[1], () => null);
  return [...required, ...[...names].map(([name, line]) => ({ name: clip(name), source: null, line }))];
};

const lockedIn = (file: Body, find: FindLine): readonly LockedProvider[] =>
  labelled(file['provider'])
    .filter(([address]) => address.includes('/'))
    .map(([address, { version, hashes }]) => ({
      address: clip(address),
      version: typeof version === 'string' ? clip(version) : '',
      hashes: Array.isArray(hashes) ? hashes.map((hash) => String(hash)) : [],
      line: find(['provider', address]),
    }));
