/** Where a provider or a module comes from, in one form, so that lists of allowed ones can be tried on it. */

const defaultRegistries = ['registry.terraform.io', 'registry.opentofu.org'];
const name = '[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?';
const host = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::\\d{1,5})?';
const providerPattern = new RegExp(`^(?:(${host})/)?(?:(${name})/)?(${name})$`);

/** `hashicorp/null` of a provider of the public registries, `host/namespace/type` of another; null for what is none. */
export const providerPlace = (source: string): string | null => {
  const match = providerPattern.exec(source.toLowerCase());
  if (match === null) return null;
  const [, from, namespace = 'hashicorp', type] = match;
  return from === undefined || defaultRegistries.includes(from)
    ? `${namespace}/${type}`
    : `${from}/${namespace}/${type}`;
};

/** Part of Terraform itself: nothing is fetched for it. */
export const isBuiltIn = (source: string): boolean =>
  source.toLowerCase() === 'terraform.io/builtin/terraform';

const registryModule = new RegExp(`^(?:(${host})/)?([\\w-]+/[\\w-]+/[a-z0-9]+)(?://[\\w./-]*)?$`, 'i');
const shorthand = /^(github\.com|bitbucket\.org)\/([\w.-]+)\/([\w.-]+?)(?:\.git)?(?:\/\/[\w./-]*)?$/i;
const scp = new RegExp(`^git@(${host}):([\\w./-]+?)(?://[\\w./-]*)?$`, 'i');
const address = new RegExp(
  `^(?:git::)?(?:https|ssh)://(?:git@)?(${host})/([\\w.-]+(?:/[\\w.-]+)*)(?://[\\w./-]*)?$`,
  'i',
);
/** Only what chooses a version: `sshkey`, `archive` and others say what is done with what was fetched. */
const plainQuery = /^(?:ref=\w[\w./-]*|depth=\d+)(?:&(?:ref=\w[\w./-]*|depth=\d+))*$/;

/**
 * `host/path` of a module outside the repository, or `namespace/name/system` of one in the public registry: without scheme, user,
 * folder in it and version. Null for every form that is not plain: the fetcher reads those in ways of its own (other schemes, plain
 * `http`, credentials, options), so no list can allow them.
 */
export const modulePlace = (source: string): string | null => {
  const question = source.indexOf('?');
  const query = question < 0 ? null : source.slice(question + 1);
  if (query !== null && !plainQuery.test(query)) return null;
  const plain = question < 0 ? source : source.slice(0, question);
  if (plain.split(/[/:]/).some((part) => part === '..' || part === '.')) return null;
  const short = shorthand.exec(plain);
  if (short !== null) return `${short[1]}/${short[2]}/${short[3]}`.toLowerCase();
  const registry = query === null ? registryModule.exec(plain) : null;
  if (registry !== null) {
    const [, from, rest = ''] = registry;
    const there = from?.toLowerCase();
    return there === undefined || defaultRegistries.includes(there) ? rest : `${there}/${rest}`;
  }
  const [, at, path] = scp.exec(plain) ?? address.exec(plain) ?? [];
  return at === undefined || path === undefined ? null : `${at.toLowerCase()}/${path.replace(/\.git$/, '')}`;
};
