/** Files of a pull request that belong to a tool which nothing here reads. */
export interface UnreadTool {
  /** Its name, as its makers write it. */
  readonly tool: string;
  readonly files: number;
  /** The first of them, as a path. */
  readonly first: string;
}

interface Tool {
  readonly name: string;
  /** Names of files that nothing but this tool has. */
  readonly marks: RegExp;
  /** Names of other files that are its own in a repository that has such a mark. */
  readonly beside?: RegExp;
  /** Is what lies in the folder of a mark, and below it, its own as well? */
  readonly ownsFolder: boolean;
}

/**
 * Terragrunt: https://terragrunt.gruntwork.io/docs/reference/hcl/, Terramate: https://terramate.io/docs/cli/reference/,
 * Pulumi: https://www.pulumi.com/docs/iac/concepts/projects/project-file/, CDKTF:
 * https://developer.hashicorp.com/terraform/cdktf/create-and-deploy/configuration-file, kustomize:
 * https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/, Helmfile: https://helmfile.readthedocs.io/, Ansible:
 * https://docs.ansible.com/ansible/latest/reference_appendices/config.html, DNSControl: https://docs.dnscontrol.org/
 */
const tools: readonly Tool[] = [
  {
    name: 'Terragrunt',
    marks: /^terragrunt(?:\.stack|\.values)?\.hcl(?:\.json)?$/,
    beside: /^(?!.*\.(?:lock|pkr|nomad|tftest|tfquery|tfmock|tfstack|tfcomponent|tfdeploy|tm)\.hcl$).+\.hcl$/,
    ownsFolder: false,
  },
  { name: 'Terramate', marks: /\.tm(?:\.hcl)?$/, ownsFolder: false },
  { name: 'Pulumi', marks: /^Pulumi(?:\.[^/]+)?\.ya?ml$/, ownsFolder: true },
  { name: 'CDKTF', marks: /^cdktf\.json$/, ownsFolder: true },
  { name: 'kustomize', marks: /^(?:kustomization\.ya?ml|Kustomization)$/, ownsFolder: true },
  { name: 'Helmfile', marks: /^helmfile\.ya?ml(?:\.gotmpl)?$/, ownsFolder: true },
  { name: 'Ansible', marks: /^(?:ansible\.cfg|galaxy\.yml)$/, ownsFolder: true },
  { name: 'DNSControl', marks: /^dnsconfig\.(?:js|ts)$/, ownsFolder: true },
];

/** What lies in such a folder and makes nothing. */
const isAside = (path: string): boolean =>
  /(?:^|\/)(?:\.[^/]+|[^/]+\.md|LICENSE|CODEOWNERS)(?:\/|$)/.test(path);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

/** The folder of the path, and each that it is in. */
const foldersOf = (path: string): readonly string[] => {
  const folder = folderOf(path);
  return folder === '' ? [''] : [folder, ...foldersOf(folder)];
};

/**
 * Tools whose files a pull request changes while nothing reads them, in the order of their names.
 *
 * @param changed paths, of files that it takes away too
 * @param there every path of the tree that it leads to
 * @param isRead does a runner read this path? `isMark`: it is one that only this tool has, so being in a project's folder says nothing
 */
export const unreadTools = (
  changed: readonly string[],
  there: readonly string[],
  isRead: (path: string, isMark: boolean) => boolean,
): readonly UnreadTool[] =>
  tools
    .flatMap(({ name, marks, beside, ownsFolder }): UnreadTool[] => {
      const marked = [...there, ...changed].filter((path) => marks.test(nameOf(path)));
      if (marked.length === 0) return [];
      const folders = new Set(ownsFolder ? marked.map(folderOf) : []);
      const isOwn = (path: string): boolean =>
        beside?.test(nameOf(path)) === true ||
        (!isAside(path) && foldersOf(path).some((folder) => folders.has(folder)));
      const unread = changed.filter((path) => {
        const isMark = marks.test(nameOf(path));
        return (isMark || isOwn(path)) && !isRead(path, isMark);
      });
      const [first] = unread.toSorted();
      return first === undefined ? [] : [{ tool: name, files: unread.length, first }];
    })
    .toSorted((one, other) => (one.tool.toLowerCase() < other.tool.toLowerCase() ? -1 : 1));
