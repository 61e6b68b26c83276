import type { Author } from '../support/git-author.ts';

const roots = 1_000;
const shared = 200;
const files = 20_000;

const folderOf = (root: number): string =>
  `live/${['dev', 'staging', 'production', 'shared'][root % 4]}/region-${root % 10}/service-${root}`;

const moduleOf = (index: number): string => `modules/part-${index % shared}`;

const rootFiles = (root: number): readonly (readonly [string, string])[] => {
  const folder = folderOf(root);
  const calls = [0, 1, 2].map(
    (index) =>
      `module "part_${index}" {\n  source = "../../../../${moduleOf(root * 7 + index)}"\n\n  name   = "service-${root}-${index}"\n  region = var.region\n  tags   = merge(local.tags, { service = "service-${root}" })\n}\n`,
  );
  return [
    [
      `${folder}/main.tf`,
      `locals {\n  tags = { owner = "team-${root % 40}" }\n}\n\n${calls.join('\n')}\nresource "aws_ssm_parameter" "endpoint" {\n  name  = "/service-${root}/endpoint"\n  type  = "String"\n  value = module.part_0.endpoint\n}\n`,
    ],
    [
      `${folder}/backend.tf`,
      `terraform {\n  required_version = "~> 1.9"\n  backend "s3" {\n    bucket = "states"\n    key    = "service-${root}.tfstate"\n    region = "eu-west-1"\n  }\n}\n\nprovider "aws" {\n  region = var.region\n}\n`,
    ],
    [
      `${folder}/variables.tf`,
      `variable "region" {\n  type    = string\n  default = "eu-west-${root % 3}"\n}\n\nvariable "size_${root}" {\n  type        = number\n  description = "How many of service-${root}"\n}\n`,
    ],
    [`${folder}/terraform.tfvars`, `size_${root} = ${root % 9}\n`],
    [`${folder}/.terraform.lock.hcl`, '# This file is maintained automatically by "terraform init".\n'],
    [`${folder}/README.md`, `# service-${root}\n`],
  ];
};

/** Every third one uses another, two deep at most. */
const moduleFiles = (index: number): readonly (readonly [string, string])[] => {
  const folder = moduleOf(index);
  const inner =
    index % 3 === 0
      ? `\nmodule "inner" {\n  source = "../part-${(index + 1) % shared}"\n  name   = var.name\n}\n`
      : '';
  return [
    [
      `${folder}/main.tf`,
      `resource "aws_sqs_queue" "queue_${index}" {\n  name = var.name\n  tags = var.tags\n\n  dynamic "redrive" {\n    for_each = var.tags\n    content {\n      key = redrive.key\n    }\n  }\n}\n${inner}`,
    ],
    [
      `${folder}/variables.tf`,
      `variable "name" {\n  type = string\n}\n\nvariable "tags" {\n  type    = map(string)\n  default = {}\n}\n# ${index}\n`,
    ],
    [`${folder}/outputs.tf`, `output "endpoint" {\n  value = aws_sqs_queue.queue_${index}.id\n}\n`],
  ];
};

export interface Monorepo {
  /** Files that discovery reads, as they are in the first commit. */
  readonly configuration: readonly string[];
  readonly projects: number;
  readonly first: string;
  /** Each on the first one, with one file changed in it. */
  readonly next: readonly string[];
}

/** A repository as large platform teams have it: the rest of the files is the code of the services. The same at each run. */
export const seedMonorepo = (author: Author, changes: number): Monorepo => {
  const all = new Map<string, string>();
  for (let root = 0; root < roots; root += 1) for (const [path, body] of rootFiles(root)) all.set(path, body);
  for (let index = 0; index < shared; index += 1)
    for (const [path, body] of moduleFiles(index)) all.set(path, body);
  for (let index = 0; all.size < files; index += 1)
    all.set(`services/service-${index % roots}/src/part-${index}.ts`, `export const part = ${index};\n`);
  let stream = '';
  const commit = (ref: string, from: string | null, changed: Iterable<readonly [string, string]>): void => {
    stream += `commit ${ref}\ncommitter Ada <ada@example.invalid> 1700000000 +0000\ndata 2\nx\n`;
    if (from !== null) stream += `from ${from}\n`;
    for (const [name, body] of changed)
      stream += `M 100644 inline ${name}\ndata ${Buffer.byteLength(body)}\n${body}\n`;
  };
  commit('refs/heads/main', null, all);
  const branches = Array.from({ length: changes }, (_, index) => `refs/heads/change-${index}`);
  for (const [index, branch] of branches.entries()) {
    const path = `${folderOf(index)}/main.tf`;
    commit(branch, 'refs/heads/main', [[path, `${all.get(path) ?? ''}# changed\n`]]);
  }
  author.git(['fast-import', '--quiet', '--force'], stream);
  author.git(['repack', '-a', '-d', '-q']);
  const tip = (ref: string): string => author.git(['rev-parse', ref]).trim();
  return {
    configuration: [...all].filter(([path]) => path.endsWith('.tf')).map(([, body]) => body),
    projects: roots,
    first: tip('refs/heads/main'),
    next: branches.map(tip),
  };
};
